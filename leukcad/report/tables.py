"""A comparison in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leukcad.report.view import metric_name
from leukcad.report.words import MEANING, QUICK, hero_dose, limits, opening, percent

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

BINARY = ("accuracy", "sensitivity", "specificity", "precision", "f1")


def print_comparison(comparison: Mapping[str, Any], console: Console | None = None) -> None:
    """Print the rates on the test fields, and accuracy and specificity per number of added cells, to stdout."""
    from rich.console import Console

    out = console or Console()
    positive = comparison["positive"]
    base = comparison["dose_sets"].get("0", "test")
    told = {rate for p in comparison["pipelines"].values() for rate in p["sets"].get(base, {})}
    metrics = [m for m in BINARY if m in told] if positive else [m for m in _in_order(comparison, base) if m in told]
    about = f"positive class: {_plain(positive)}; " if positive else ""
    out.print()
    out.print(_rates(comparison, f"Test fields ({about}percent, exact 95 % interval)", base, metrics))
    if len(comparison["doses"]) > 1:
        for metric in ("specificity", "accuracy") if positive else ("accuracy",):
            title = f"{metric_name(metric)}, healthy white cells added"
            out.print()
            out.print(_by_dose(comparison, title, metric))
    if errors := comparison.get("perturbed"):
        out.print()
        out.print(_by_error(errors))
    _print_finding(comparison, out)


def _print_finding(comparison: Mapping[str, Any], out: Console) -> None:
    """What added cells did, in words, and what that means; of a quick look first that it means nothing."""
    out.print()
    if comparison["quick"]:
        out.print(styled(QUICK, "yellow"))
    for finding in opening(comparison):
        out.print(styled(finding.text()))
    if hero_dose(comparison) is not None:
        out.print(styled(MEANING, "dim"))
    out.print()


def _rates(comparison: Mapping[str, Any], title: str, base: str, metrics: list[str]) -> Table:
    table = titled_table(title, [metric_name(m) for m in metrics])
    for name, told in comparison["pipelines"].items():
        table.add_row(styled(name, "bold"), *(_cell(told["sets"].get(base, {}).get(m)) for m in metrics))
    return table


def _by_dose(comparison: Mapping[str, Any], title: str, metric: str) -> Table:
    sets = comparison["dose_sets"]
    table = titled_table(title, [str(d) for d in comparison["doses"]])
    for name, told in comparison["pipelines"].items():
        cells = (told["sets"].get(sets.get(str(d), ""), {}).get(metric) for d in comparison["doses"])
        table.add_row(styled(name, "bold"), *map(_cell, cells))
    return table


def _by_error(errors: Mapping[str, Any]) -> Table:
    """Accuracy with what was found itself, and with the strongest error of each kind; all others are on the page."""
    kinds: Mapping[str, Any] = next((one["curves"] for one in errors.values() if one["curves"]), {})
    strongest = {kind: points[-1]["strength"] for kind, points in kinds.items()}
    table = titled_table(
        "accuracy with errors of detection", ["as found", *(f"{kind} {s:g}" for kind, s in strongest.items())]
    )
    for name, one in errors.items():
        cells = [one["as_found"], *(points[-1] for points in one["curves"].values())] if one["curves"] else []
        cells = cells or [{}] * (1 + len(kinds))
        table.add_row(styled(name, "bold"), *(_cell(cell.get("accuracy")) for cell in cells))
    return table


def titled_table(title: str, columns: list[str]) -> Table:
    """An empty table: a column of names, then numbers under `columns`."""
    from rich import box
    from rich.table import Table

    table = Table(title=styled(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", overflow="fold")
    for column in columns:
        table.add_column(styled(column), justify="right")
    return table


def _cell(rate: Mapping[str, Any] | None) -> Text:
    """The rate, and its interval on a line below."""
    from rich.text import Text

    if rate is None or rate["value"] is None:
        return Text("–", style="dim")
    return Text.assemble((percent(rate["value"]), "bold"), "\n", (limits(rate), "dim"))


def _in_order(comparison: Mapping[str, Any], base: str) -> list[str]:
    sets = (p["sets"].get(base, {}) for p in comparison["pipelines"].values())
    return list(dict.fromkeys(metric for rates in sets for metric in rates))


def styled(text: str, style: str = "") -> Text:
    """Text without what a terminal would obey."""
    from rich.text import Text

    return Text(_plain(text), style=style)


def _plain(text: str) -> str:
    """Without control characters, which a terminal would obey."""
    return "".join(c for c in text if c.isprintable())
