"""`leukcad place` and `leukcad review`: mistakes are named before a page is served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leukcad.cli.sources import pasting
from leukcad.data.images import write_png

Call = Callable[..., Any]
BENCH = """
data: {use: simulated, healthy: 2, leukaemic: 2, width: 320, height: 240}
synthesize: {use: paste-paper, box: 90, doses: [1], of: test, donors: {use: simulated-cells, seed: 3}}
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "p.csv"], "expected a .json file, got p.csv"),
        (["--of", "test"], "no data called 'test'; known: data"),
        (["--by", "past"], "did you mean 'paste'"),
        (["--by", "add"], "synthesize 'add' offers no positions; known: paste, paste-paper"),
        (["--donors", "simulatd"], "did you mean 'simulated'"),
        (["--set", "width=tiny"], "width"),
        (["--quiet", "--verbose"], "expected --quiet or --verbose, got both"),
    ],
)
def test_a_mistake_in_what_is_placed_is_named(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    told = call("place", "simulated", "--set", "healthy=1", "--set", "leukaemic=0", *arguments)
    assert told.code == 2 and said in told.err and told.out == ""
    assert not list(tmp_path.iterdir())


def test_a_folder_of_pictures_takes_no_options_of_data_components(call: Call, tmp_path: Path) -> None:
    write_png(np.full((60, 80, 3), 200, np.uint8), tmp_path / "a.png")
    told = call("place", tmp_path, "--set", "width=3")
    assert told.code == 2 and "--set and --of are for files and data components" in told.err


def test_a_file_of_another_kind_is_not_written_over(call: Call, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"mine": 1}')
    told = call("place", "simulated", "--out", tmp_path / "other.json")
    assert told.code == 2 and "expected positions in COCO's form" in told.err
    assert (tmp_path / "other.json").read_text() == '{"mine": 1}'


def test_the_file_says_what_pastes_and_where_its_donors_come_from(tmp_path: Path) -> None:
    (tmp_path / "bench.yaml").write_text(BENCH)
    file = str(tmp_path / "bench.yaml")
    use, donors = pasting(file)
    assert use is not None and donors is not None
    assert (use.name, use.options["box"], donors.name, donors.options["seed"]) == (
        "paste-paper",
        90,
        "simulated-cells",
        3,
    )
    other, same = pasting(file, by="paste"), pasting(file, by="paste-paper")
    assert other[0] is not None and other[0].name == "paste" and "box" not in other[0].options
    assert same[0] is not None and same[0].options["box"] == 90 and same[1] is not None
    assert pasting(None) == (None, None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no run 'nowhere'"),
        (["nowhere", "--by", "folder"], "--by goes with --fields"),
    ],
)
def test_a_mistake_in_what_is_reviewed_is_named(call: Call, tmp_path: Path, arguments: list[str], said: str) -> None:
    told = call("review", *arguments, "--out", tmp_path)
    assert told.code == 2 and said in told.err


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101])
def test_a_review_has_the_name_of_somebody(name: str) -> None:
    from leukcad.cli.review import _name
    from leukcad.errors import LeukcadError

    with pytest.raises(LeukcadError, match="give --reviewer NAME"):
        _name(name)
    assert _name(" M. Curie ") == "M. Curie"
