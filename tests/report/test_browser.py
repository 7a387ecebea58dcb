"""The page in headless Chromium, where that is installed: with the network cut, as a hand and an eye would use it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leukcad.report.page import write_report
from leukcad.report.single import single_file

if TYPE_CHECKING:
    from chromium import Tab

SHOWN = "document.querySelector('.panes').dataset.shown"
SOURCES = "[...document.querySelectorAll('.panes img')].map((i) => i.src).join(' ')"
LOADED = "[...document.images].filter((i) => i.loading !== 'lazy').every((i) => i.complete && i.naturalWidth > 0)"
DRAWN = """new Promise((done) => {
  const look = () => (document.documentElement.dataset.figures ? done(1) : setTimeout(look, 50));
  look();
})"""


@pytest.fixture
def page(comparison, tmp_path, draw_pictures) -> Path:
    draw_pictures(comparison, tmp_path / "report")
    return write_report(tmp_path / "report", comparison)


@pytest.fixture
def opened(tab: Tab, drawn_page: Path) -> Tab:
    """The report, opened anew."""
    tab.console.clear()
    tab.requests.clear()
    tab.media()
    tab.goto(drawn_page.as_uri())
    return tab


def click(browser: Tab, selector: str) -> None:
    browser.run(f"document.querySelector({selector!r}).click()")


def test_it_draws_its_curves_and_pictures_without_a_word_on_the_console_and_fetches_nothing(opened: Tab) -> None:
    opened.run(DRAWN)
    assert opened.run("document.querySelectorAll('.js-plotly-plot').length") >= 3
    assert opened.run(LOADED)
    assert opened.run("document.body.innerText.includes('Share chart')") is False  # would send figures to plotly
    assert opened.console == []
    assert opened.requests and all(r.startswith(("file:", "data:", "blob:")) for r in opened.requests)


def test_the_slider_changes_the_pictures_by_arrow_keys(opened: Tab) -> None:
    assert opened.run(SHOWN).startswith("0/10/heat")  # the dose that the first sentence speaks of
    before = opened.run(SOURCES)
    opened.run("document.querySelector('input[type=range]').focus()")
    opened.key("ArrowLeft")
    assert opened.run(SHOWN).startswith("0/5/heat")
    after = opened.run(SOURCES)
    assert after != before and "Im008_0-5.webp" in after
    assert opened.run("document.querySelector('output').value") == "5"
    assert opened.run("document.querySelector('.panes').innerText.includes('5 healthy cells added')")


def test_cells_found_stand_over_the_field_with_their_probabilities(opened: Tab) -> None:
    click(opened, "[data-view=cells]")
    texts = opened.run("[...document.querySelectorAll('.panes svg text')].map((t) => t.textContent)")
    assert texts == ["0.12"] * 13
    assert "It looks for no cells" in opened.run("document.querySelector('.panes').innerText")


def test_a_picture_is_enlarged_and_put_away_by_keyboard_alone(opened: Tab) -> None:
    opened.run("document.querySelector('.panes [data-zoom]').focus()")
    opened.key("Enter")
    assert opened.run("document.querySelector('#zoom').open")
    assert opened.run("document.querySelector('#zoom .layers').getBoundingClientRect().width") == 80  # its own size
    opened.key("Escape")
    assert not opened.run("document.querySelector('#zoom').open")


def test_tab_reaches_all_that_can_be_done_and_the_first_is_a_way_past_the_menu(opened: Tab) -> None:
    opened.run("document.body.focus()")
    reached = []
    for _ in range(90):
        opened.key("Tab")
        reached.append(opened.run("(document.activeElement.id || document.activeElement.className || '') + ''"))
        reached.append(opened.run("document.activeElement.tagName + ' ' + document.activeElement.innerText.trim()"))
    assert reached[0] == "skip"
    for wanted in ("theme", "layers", "BUTTON Cells found", "BUTTON SVG", "BUTTON CSV", "INPUT ", "BUTTON Accuracy"):
        assert wanted in reached


def test_a_header_sorts_its_column(opened: Tab) -> None:
    first = "document.querySelector('#rates tbody tr td').textContent"
    opened.run("document.querySelectorAll('#rates th button')[6].focus()")  # specificity
    opened.key("Enter")
    assert opened.run("document.querySelectorAll('#rates th')[6].getAttribute('aria-sort')") == "ascending"
    assert opened.run(first) == "20 added"  # no field was cleared there
    opened.key("Enter")
    assert opened.run(first) != "20 added"


def test_more_than_two_pipelines_are_held_side_by_side_by_choice(
    tab: Tab, comparison: dict, tmp_path: Path, draw_pictures
) -> None:
    told = comparison["pipelines"]
    for name in ("third", "fourth"):
        told[name] = told["two_step"]
        for version in comparison["examples"][0]["versions"]:
            version["answers"][name] = version["answers"]["two_step"]
    draw_pictures(comparison, tmp_path)
    tab.goto(write_report(tmp_path, comparison).as_uri())
    tab.run(
        "(() => { const s = document.querySelector('select[data-side=\"1\"]'); s.value = 'fourth';"
        " s.dispatchEvent(new Event('change')); })()"
    )
    assert tab.run(SHOWN).endswith("/direct_resnet50+fourth")
    assert tab.run("document.querySelectorAll('.panes figure').length") == 3


def test_dark_mode_follows_the_system_and_the_button(opened: Tab) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = opened.run(ground)
    opened.media(scheme="dark")
    assert opened.run("document.documentElement.dataset.theme") == "dark"
    dark = opened.run(ground)
    assert dark != light
    click(opened, "#theme")
    assert opened.run(ground) == light


def test_print_lays_everything_open_on_white(opened: Tab) -> None:
    opened.media(scheme="dark")
    assert opened.run("document.querySelectorAll('details[open]').length") < opened.run(
        "document.querySelectorAll('details').length"
    )
    opened.run(
        "window.addEventListener('beforeprint', () => { window.laidOpen ="
        " !document.querySelector('details:not([open])') && document.documentElement.dataset.theme === 'light'; })"
    )
    assert opened.pdf().startswith(b"%PDF")
    opened.settle()
    assert opened.run("window.laidOpen")
    assert opened.run("document.documentElement.dataset.theme") == "dark"  # as it was
    opened.media("print")
    assert opened.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert opened.console == []


def test_the_single_file_shows_all_of_it_with_nothing_beside_it(tab: Tab, page: Path, tmp_path: Path) -> None:
    path = single_file(page).rename(tmp_path / "alone.html")
    tab.console.clear()
    tab.requests.clear()
    tab.goto(path.as_uri())
    assert tab.run(LOADED)
    tab.run(DRAWN)
    assert tab.run("document.querySelectorAll('.js-plotly-plot').length") >= 3
    assert tab.console == []
    assert [r for r in tab.requests if not r.startswith(("data:", "blob:"))] == [path.as_uri()]


def test_figures_are_saved_as_csv_without_formulas(tab: Tab, comparison: dict, tmp_path: Path, draw_pictures) -> None:
    comparison["pipelines"] = {"=cmd|1": comparison["pipelines"]["two_step"]}
    draw_pictures(comparison, tmp_path)
    tab.goto(write_report(tmp_path, comparison).as_uri())
    tab.run("window.saved = []; URL.createObjectURL = (blob) => { window.saved.push(blob); return '#'; }")
    click(tab, ".panel .head button:last-of-type")
    rows = tab.run("window.saved[0].text()").splitlines()
    assert rows[0] == "line,x,value,low,high,n" and len(rows) == 7
    assert all(row.startswith("'=cmd|1,") for row in rows[1:])


def test_the_policy_lets_no_other_script_run(tab: Tab, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    evil = "<script>document.title = 'taken over'</script><p id=x onclick=1>"
    page.write_text(text.replace("</main>", f"{evil}</main>"), encoding="utf-8")
    tab.console.clear()
    tab.goto(page.as_uri())
    assert tab.run("document.title") != "taken over"
    assert any("Content Security Policy" in line for line in tab.console)
