"""The study's two charts in its layout: bars over the full synthetic set (Figure 6), lines by dose (Figure 7).

Below them what it left to future work: the same by type of WBC. Each is written as SVG and PNG.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from leukcad.report.colours import LIGHT
from leukcad.reproducing.facts import Facts, Row
from leukcad.reproducing.running import TWO_STEP
from leukcad.reproducing.studies import METRICS

MARKS = ("o", "D", "s", "^", "P", "X", "*")
DASHES = ("-", "--", ":", "-.")
READINGS = {"all": "all fields, 3 draws: accuracy", "healthy": "healthy fields, all draws: specificity"}
Names = dict[str, str]


def draw(facts: Facts, folder: Path) -> dict[str, str]:
    """Write figure6, figure7 and kinds (where types are told apart); name → file beside the page, PNG."""
    titles = {n.name: n.title for n in facts.ran()}
    if facts.runs(TWO_STEP):
        titles[TWO_STEP] = "two-step"
    drawn = {"figure6": _bars(facts, titles), "figure7": _lines(facts, titles)}
    if (kinds := _kinds(facts, titles)) is not None:
        drawn["kinds"] = kinds
    if facts.measured.get("resolution"):
        drawn["resolution"] = _resolution(facts.measured["resolution"])
    return {name: save(figure, folder, name) for name, figure in drawn.items()}


def save(figure: Any, folder: Path, name: str, *, vector: bool = True) -> str:
    """Write a figure whole or not at all, as PNG and, with `vector`, SVG without a date in it; the PNG's name."""
    import io

    from leukcad.files import atomic_write

    for kind in ("png", "svg") if vector else ("png",):
        held = io.BytesIO()
        figure.savefig(
            held, format=kind, dpi=130, bbox_inches="tight", metadata={"Date": None} if kind == "svg" else {}
        )
        atomic_write(folder / f"{name}.{kind}", held.getvalue())
    return f"{name}.png"


def blank(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, Any]:
    """A figure without a window, and its axes, always (rows, columns)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)


def _bars(facts: Facts, titles: Names) -> Any:
    figure, axes = blank(1, 1, (11, 4.2))
    ax, wide = axes[0][0], 0.8 / len(titles)
    for i, (name, title) in enumerate(titles.items()):
        values = [_mean([r["full"][m]["value"] for r in facts.runs(name)]) for m in METRICS]
        at = [x - 0.4 + wide * (i + 0.5) for x in range(len(METRICS))]
        ax.bar(at, [100 * v for v in values], wide * 0.92, label=title, color=LIGHT[i % len(LIGHT)], hatch=_hatch(i))
    ax.set_xticks(range(len(METRICS)), [m.capitalize() for m in METRICS])
    ax.set(ylim=(0, 100), ylabel="%", title="On the full synthetic set, mean of the seeds")
    _frame(ax)
    figure.legend(loc="outside right center", frameon=False)
    return figure


def _lines(facts: Facts, titles: Names) -> Any:
    figure, axes = blank(1, len(READINGS), (12, 4.2))
    for ax, (reading, words) in zip(axes[0], READINGS.items(), strict=True):
        for i, (name, title) in enumerate(titles.items()):
            _line(ax, [r["series"] for r in facts.runs(name)], reading, i, title)
        ax.set(ylim=(0, 103), xlabel="WBC pasted (imgSynt1 …)", ylabel="%", title=words)
        ax.xaxis.get_major_locator().set_params(integer=True)
        _frame(ax)
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    return figure


def _kinds(facts: Facts, titles: Names) -> Any | None:
    kinds = sorted({kind for name in titles for r in facts.runs(name) for kind in r["kinds"]})
    if not kinds:
        return None
    figure, axes = blank(1, len(kinds), (2.7 * len(kinds) + 1.5, 3.4))
    for ax, kind in zip(axes[0], kinds, strict=True):
        for i, (name, title) in enumerate(titles.items()):
            _line(ax, [r["kinds"][kind] for r in facts.runs(name)], "healthy", i, title)
        ax.set(ylim=(0, 103), xlabel="pasted", title=kind)
        _frame(ax)
    axes[0][0].set_ylabel("specificity, %")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    return figure


def _resolution(told: Row) -> Any:
    """The AUROC over the cells' diameter, with what each side of a square leaves of them."""
    figure, axes = blank(1, 1, (7, 4))
    ax, rows = axes[0][0], told["rows"]
    xs, ys = [r["diameter"] for r in rows], [r["auroc"] for r in rows]
    around = [
        [y - r["low"] for y, r in zip(ys, rows, strict=True)],
        [r["high"] - y for y, r in zip(ys, rows, strict=True)],
    ]
    ax.errorbar(xs, ys, around, color=LIGHT[0], marker="o", ms=5, capsize=3)
    for side in told["sides"]:
        ax.axvline(side["squashed"], color="#888", lw=0.8, ls=":")
        ax.text(side["squashed"], 0.42, f" {side['side']} px", rotation=90, fontsize=8, va="bottom", ha="right")
    ax.axhline(0.5, color="#888", lw=0.8)
    ax.set_xscale("log", base=2)
    ax.set_xticks(xs, [str(x) for x in xs])
    ax.set(ylim=(0.4, 1.02), xlabel="diameter of a cell, px", ylabel=f"AUROC, blasts against {told['against']}")
    ax.minorticks_off()
    _frame(ax)
    return figure


def _line(ax: Any, some: Sequence[Sequence[Row]], reading: str, number: int, title: str) -> None:
    """The mean over seeds at each dose that every seed has."""
    doses = [row["dose"] for row in some[0]] if some else []
    told = {dose: [r[reading]["value"] for rows in some for r in rows if r["dose"] == dose] for dose in doses}
    xs = [dose for dose, values in told.items() if None not in values]
    ys = [100 * _mean(told[dose]) for dose in xs]
    look = {"color": LIGHT[number % len(LIGHT)], "marker": MARKS[number % len(MARKS)], "ms": 4}
    ax.plot(xs, ys, DASHES[number // len(LIGHT) % len(DASHES)], label=title, lw=1.4, **look)


def _mean(values: Sequence[float | None]) -> float:
    there = [v for v in values if v is not None]
    return fmean(there) if there else 0.0


def _hatch(number: int) -> str:
    return ("", "//", "..")[number // len(LIGHT) % 3]


def _frame(ax: Any) -> None:
    ax.grid(axis="y", color="#dfe3e8", lw=0.7)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
