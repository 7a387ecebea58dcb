"""The page in headless Chromium, where that is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from leukcad.report.page import write_report

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium installed (Debian: apt-get install chromium)")

OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--enable-logging=stderr", "--virtual-time-budget=8000", "--dump-dom"),
]


def browse(page: Path, profile: Path) -> tuple[str, list[str]]:
    """What becomes of the page, and what it writes to the console."""
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, re.findall(r".*CONSOLE.*", done.stderr)


@pytest.fixture
def page(comparison, tmp_path, draw_pictures) -> Path:
    draw_pictures(comparison, tmp_path / "report")
    return write_report(tmp_path / "report", comparison)


def visible_doses(dom: str) -> list[str]:
    return re.findall(r'<div class="version" data-version="\d+" data-dose="(\d+)">', dom)


def test_the_page_draws_its_curves_without_a_word_on_the_console(page, tmp_path):
    dom, console = browse(page, tmp_path / "profile")
    assert console == []
    assert dom.count("js-plotly-plot") >= 3
    assert "Share chart" not in dom  # would send the figures to plotly's servers
    assert visible_doses(dom) == ["20"]


def test_the_slider_changes_the_pictures_and_a_header_sorts_its_column(page, tmp_path):
    text = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", page.read_text(encoding="utf-8"))
    act = """<script>
      const slider = document.querySelector("input[type=range]");
      slider.value = 1; slider.dispatchEvent(new Event("input"));
      document.querySelector("[data-view=cells]").click();
      const head = document.querySelectorAll("#rates th button")[6];
      head.click();
    </script>"""
    page.write_text(text.replace("</body>", f"{act}</body>"), encoding="utf-8")
    dom, console = browse(page, tmp_path / "profile")
    assert console == []
    assert visible_doses(dom) == ["5"]
    assert re.search(r"<output>5</output>", dom)
    table = dom[dom.index('<section id="rates"') :]
    assert 'aria-sort="ascending"' in table
    body = table[table.index("<tbody>") :]
    assert body.index("20 added") < body.index("1 added")  # specificity 0 % comes first


def test_the_policy_lets_no_other_script_run(page, tmp_path):
    text = page.read_text(encoding="utf-8")
    evil = "<script>document.title = 'taken over'</script><p id=x onclick=1>"
    page.write_text(text.replace("</main>", f"{evil}</main>"), encoding="utf-8")
    dom, console = browse(page, tmp_path / "profile")
    assert "<title>taken over" not in dom
    assert any("Content Security Policy" in line for line in console)
