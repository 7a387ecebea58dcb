"""The report as one file: everything in it once, and nothing that it would have to fetch."""

from __future__ import annotations

import base64
import re
import shutil

import pytest

from leukcad.errors import LeukcadError
from leukcad.report.page import write_report
from leukcad.report.single import single_file


@pytest.fixture
def alone(comparison, tmp_path, draw_pictures) -> str:
    """The text of the single file, after all that lay beside it has gone."""
    draw_pictures(comparison, tmp_path / "report")
    path = single_file(write_report(tmp_path / "report", comparison))
    kept = path.rename(tmp_path / "kept.html")
    shutil.rmtree(tmp_path / "report")
    return kept.read_text(encoding="utf-8")


def test_a_single_file_names_no_other_file(alone):
    addresses = re.findall(r'(?<!-)\b(?:src|href)="([^"]*)"', re.sub(r"<script.*?</script>", "", alone, flags=re.S))
    assert addresses and all(a.startswith(("data:", "#")) for a in addresses)


def test_each_picture_stands_in_it_once(alone):
    store = re.search(r'id="embedded">(.*?)</script>', alone, re.S)
    assert store is not None
    assert len(re.findall(r"data:image/webp", alone)) == len(re.findall(r"data:image/webp", store[1])) == 4 * 5 + 2


def test_its_tables_can_be_saved_out_of_it(alone):
    assert set(re.findall(r'href="data:text/csv;base64,[^"]+" download="([^"]+)"', alone)) == {
        "rates.csv",
        "ledger.csv",
    }


def test_its_policy_names_plotly_by_its_hash(alone):
    policy = re.search(r"script-src ([^\"]*?);", alone)
    assert policy is not None and policy[1].count("'sha256-") == 2 and "file:" not in policy[1]


def test_a_picture_that_has_gone_is_named(comparison, tmp_path, draw_pictures):
    draw_pictures(comparison, tmp_path)
    page = write_report(tmp_path, comparison)
    (tmp_path / comparison["examples"][0]["versions"][0]["picture"]).unlink()
    with pytest.raises(LeukcadError, match="it is not there; make the report again"):
        single_file(page)


def test_nothing_from_another_folder_gets_into_it(comparison, tmp_path, draw_pictures):
    draw_pictures(comparison, tmp_path / "report")
    (tmp_path / "secret.webp").write_bytes(b"secret")
    comparison["examples"][0]["versions"][0]["picture"] = "pictures/../../secret.webp"
    page = write_report(tmp_path / "report", comparison)
    with pytest.raises(LeukcadError, match="expected a file beside the page"):
        single_file(page)


def test_a_new_page_takes_the_single_file_of_the_old_one_away(comparison, tmp_path, draw_pictures):
    draw_pictures(comparison, tmp_path)
    old = single_file(write_report(tmp_path, comparison))
    write_report(tmp_path, comparison)
    assert not old.exists()


def test_charts_beside_a_page_stand_in_its_single_file_too(tmp_path):
    (tmp_path / "figure6.png").write_bytes(b"a chart")
    (tmp_path / "index.html").write_text('<html lang="en"><main><img src="figure6.png" alt=""></main></html>')
    text = single_file(tmp_path / "index.html").read_text(encoding="utf-8")
    assert f'src="data:image/png;base64,{base64.b64encode(b"a chart").decode()}"' in text


def test_text_that_looks_like_a_picture_is_text(comparison, tmp_path, draw_pictures):
    draw_pictures(comparison, tmp_path)
    told = {**comparison, "command": "leukcad run ./pictures/mine.yaml --single-file"}
    assert "./pictures/mine.yaml" in single_file(write_report(tmp_path, told)).read_text(encoding="utf-8")
