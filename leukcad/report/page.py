"""One HTML page that opens from disk, without a network; its pictures and plotly.min.js lie beside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from leukcad.evaluation.verdict import MARGIN
from leukcad.files import atomic_write
from leukcad.report import audit_view, colours, shown_fields, statistics, view, words
from leukcad.report.single import SINGLE
from leukcad.report.tabular import ledger_csv, rates_csv

PAGE, PLOTLY = "index.html", "plotly.min.js"
SCRIPTS = ("figures.js", "fields.js", "report.js")  # one script on the page, in this order

HEAT_STOPS = [f"#{code}" for code in colours.INFERNO]

BANNERS = {
    "simulated": (
        "Simulated",
        "A program drew every field and every cell; no patient stands behind these figures. Research use only.",
    ),
    "semi-real": (
        "Semi-real",
        "Real cells were placed on real fields of other smears; no such patient exists. Research use only.",
    ),
    "real": ("Research use only", "Not a medical device; no figure here is a diagnosis."),
}


def write_report(folder: Path, comparison: Mapping[str, Any]) -> Path:
    """Write the page of a comparison (of one pipeline or more) into `folder`; returns its path.

    Beside it: rates.csv, ledger.csv (if cells were added) and plotly.min.js (if something is plotted). The pictures
    that `comparison` names are expected there. Nothing on the page is fetched from anywhere else, and whatever came
    from data is escaped. Raises LeukcadError where the folder cannot be written.
    """
    shown = _shown(comparison)
    atomic_write(folder / "rates.csv", rates_csv(comparison))
    if comparison["ledger"]:
        atomic_write(folder / "ledger.csv", ledger_csv(comparison))
    if any(shown["plots"][panels] for panels in ("curves", "histories", "calibration", "perturbed")):
        write_plotly(folder / PLOTLY)
    return put(folder, render("report.html.j2", shown))


def put(folder: Path, text: str) -> Path:
    """Write a page into `folder`, and take away the single file of the page that was there; returns its path."""
    (folder / SINGLE).unlink(missing_ok=True)
    atomic_write(folder / PAGE, text)
    return folder / PAGE


def _shown(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """All that the template prints."""
    examples = shown_fields.examples(comparison)
    ledger = view.table_of(comparison["ledger"])
    return {
        "comparison": comparison,
        "banner": banner(comparison["data"]),
        "caution": words.QUICK if comparison["quick"] else "",
        "findings": words.headline(comparison),
        "meaning": words.MEANING,
        "audits": [audit_shown(told) for told in comparison.get("audits", [])],
        "has_doses": words.hero_dose(comparison) is not None,
        "hero": shown_fields.hero(comparison, examples),
        "browser": shown_fields.browser(comparison, examples),
        "mistakes": shown_fields.mistakes(comparison),
        "most_mistakes": words.MISTAKES,
        "screen": comparison.get("screen"),
        "metrics": [view.metric_name(m) for m in view.metrics_of(comparison)],
        "rates": view.rate_rows(comparison),
        "pairs": statistics.pair_rows(comparison),
        "families": statistics.family_notes(comparison),
        "folded": statistics.fold_rows(comparison),
        "scores": statistics.score_rows(comparison),
        "confusions": view.confusions(comparison),
        "ledger": {**ledger, "rows": ledger["rows"][: view.LEDGER_ROWS], "all": len(ledger["rows"])},
        "split": view.splits(comparison),
        "provenance": {name: list(view.flattened(told)) for name, told in comparison["provenance"].items()},
        "bench": list(view.flattened(comparison["bench"])),
        "unperturbed": {name: one["why"] for name, one in (comparison.get("perturbed") or {}).items() if one["why"]},
        "plots": plots(
            view.curves(comparison),
            view.histories(comparison),
            statistics.calibration(comparison),
            comparison.get("perturbed_panels", ()),
        ),
    }


def banner(data: str) -> dict[str, Any]:
    """What every page says first: simulated, semi-real or real, research use only."""
    word, says = BANNERS[data]
    return {"word": word, "says": says, "strong": data != "real"}


def plots(curves: Any = (), histories: Any = (), calibration: Any = (), perturbed: Any = ()) -> dict[str, Any]:
    """The figures of a page, with the colours that its script draws them in."""
    looks = {"light": colours.LIGHT, "dark": colours.DARK, "dashes": colours.DASHES, "marks": colours.MARKS}
    figures = {"curves": curves, "histories": histories, "calibration": calibration, "perturbed": perturbed}
    return {**{name: list(panels) for name, panels in figures.items()}, **looks, "plotly": PLOTLY}


def audit_shown(told: Mapping[str, Any]) -> dict[str, Any]:
    """The verdicts of an audit as another page shows them.

    told: as the audit's own page takes it; its key `page` says where that lies.
    """
    return {
        "page": view.url(told["page"]) if told.get("page") else "",
        "heads": audit_view.heads(told),
        "recipes": audit_view.recipes(told),
        "arms": audit_view.arm_rows(told),
        "margin": told["margin"],
        "unusual": told["margin"] != MARGIN,
        "earlier": told.get("earlier", False),
        "quick": told["quick"],
    }


def render(template: str, shown: Mapping[str, Any]) -> str:
    """A page; its policy lets nothing run but its own script and plotly.min.js, and nothing be fetched."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("leukcad.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = '"use strict";\n(() => {\n' + "".join(_asset(name) for name in SCRIPTS) + "})();\n"
    style = _asset("report.css")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render(
        **{"browser": None, "plots": plots(), "heat_stops": HEAT_STOPS, **shown},
        script=script,
        style=style,
        script_hash=f"sha256-{digest}",
    )


def _asset(name: str) -> str:
    return files("leukcad.report").joinpath("templates", name).read_text(encoding="utf-8")


def write_plotly(path: Path) -> None:
    """plotly.js, once: its basic bundle (lines and bars; npm plotly.js-basic-dist-min), a quarter of the whole."""
    code = files("leukcad.report").joinpath("static", "plotly-basic.min.js").read_bytes()
    if not path.exists() or path.stat().st_size != len(code):
        atomic_write(path, code)
