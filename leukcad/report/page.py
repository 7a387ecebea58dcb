"""One HTML page that opens from disk, without a network; its pictures and plotly.min.js lie beside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from leukcad.files import atomic_write
from leukcad.report import colours, statistics, view, words
from leukcad.report.audit_words import lead
from leukcad.report.tabular import ledger_csv, rates_csv

PAGE, PLOTLY = "index.html", "plotly.min.js"

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
    if any(shown["plots"][panels] for panels in ("curves", "histories", "calibration")):
        write_plotly(folder / PLOTLY)
    atomic_write(folder / PAGE, render("report.html.j2", shown))
    return folder / PAGE


def _shown(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """All that the template prints."""
    examples = view.examples(comparison)
    word, says = BANNERS[comparison["data"]]
    ledger = view.table_of(comparison["ledger"])
    return {
        "comparison": comparison,
        "banner": {"word": word, "says": says, "strong": comparison["data"] != "real"},
        "findings": words.headline(comparison),
        "audit": [lead(name, told) for name, told in comparison.get("audit", {}).get("verdicts", {}).items()],
        "has_doses": words.hero_dose(comparison) is not None,
        "hero": view.hero(comparison, examples),
        "metrics": [view.metric_name(m) for m in view.metrics_of(comparison)],
        "rates": view.rate_rows(comparison),
        "pairs": statistics.pair_rows(comparison),
        "families": statistics.family_notes(comparison),
        "folded": statistics.fold_rows(comparison),
        "scores": statistics.score_rows(comparison),
        "confusions": view.confusions(comparison),
        "examples": examples,
        "ledger": {**ledger, "rows": ledger["rows"][: view.LEDGER_ROWS], "all": len(ledger["rows"])},
        "split": view.splits(comparison),
        "provenance": {name: list(view.flattened(told)) for name, told in comparison["provenance"].items()},
        "bench": list(view.flattened(comparison["bench"])),
        "heat_stops": [f"#{code}" for code in colours.INFERNO],
        "plots": {
            "curves": view.curves(comparison),
            "histories": view.histories(comparison),
            "calibration": statistics.calibration(comparison),
            "light": colours.LIGHT,
            "dark": colours.DARK,
            "dashes": colours.DASHES,
            "marks": colours.MARKS,
        },
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
    script, style = _asset("report.js"), _asset("report.css")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render(
        **shown, script=script, style=style, script_hash=f"sha256-{digest}", plotly=PLOTLY
    )


def _asset(name: str) -> str:
    return files("leukcad.report").joinpath("templates", name).read_text(encoding="utf-8")


def write_plotly(path: Path) -> None:
    """plotly.js out of the installed package, once."""
    code = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    if not path.exists() or path.stat().st_size != len(code):
        atomic_write(path, code)
