"""The page of a reproduction: the ledger, the table, the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leukcad.files import atomic_write
from leukcad.report.page import banner, put, render
from leukcad.report.tabular import to_csv
from leukcad.reproducing import fair_table
from leukcad.reproducing.facts import Facts
from leukcad.reproducing.states import Entry, counted, percent
from leukcad.reproducing.studies import METRICS

COLUMNS = ("claim", "where", "printed", "ours", "state", "why")
CAPTIONS = {
    "figure2": "Figure 2: fields of the test set.",
    "figure3": "Figure 3: one healthy field as WBC are pasted into it.",
    "figure4": "Figure 4: Grad-CAM on the ALL fields of the test set, a row a network, each row on one scale.",
    "figure5": "Figure 5: the same on its healthy fields.",
    "figure6": "Figure 6: rates on the full synthetic set (all of imgSynt1 …, all draws).",
    "figure7": "Figure 7: as WBC are pasted, counted in the two ways in which the printed shares can come about.",
    "kinds": "By type of the pasted WBC (what the study left to future work).",
    "resolution": "Cells alone, coarsened: AUROC by diameter; dotted, what a field squashed to so many px leaves.",
    "figure8": "Figure 8: Grad-CAM as WBC are pasted into healthy fields.",
}


def write_page(folder: Path, facts: Facts, entries: Sequence[Entry], drawn: Mapping[str, str]) -> Path:
    """Write index.html, ledger.csv, table2.csv and fair.csv (after a fight) into `folder`; the page's path.

    drawn: the figures that lie there, by name.
    """
    rows = _table(facts)
    atomic_write(folder / "ledger.csv", to_csv(COLUMNS, [list(e.to_dict().values()) for e in entries]))
    plain = [(r["network"], r["split"], m, *r["cells"][m].values()) for r in rows for m in METRICS]
    atomic_write(folder / "table2.csv", to_csv(("network", "split", "metric", "printed", "ours", "interval"), plain))
    fought = facts.measured.get("fair")
    if fought:
        atomic_write(folder / "fair.csv", fair_table.csv(fought))
    shown = {
        "study": facts.study,
        "banner": banner(facts.measured["data"]),
        "measured": facts.measured,
        "entries": [e.to_dict() for e in sorted(entries, key=lambda e: e.where == "Table 2")],  # they stand in it, too
        "states": counted([entry.state for entry in entries]),
        "metrics": METRICS,
        "table": rows,
        "fair": fair_table.shown(fought) if fought else None,
        "figures": [(drawn[name], words) for name, words in CAPTIONS.items() if name in drawn],
    }
    return put(folder, render("reproduction.html.j2", shown))


def _table(facts: Facts) -> list[dict[str, Any]]:
    """A row a network and split, with printed and measured rates."""
    rows = []
    for network in facts.ran():
        for split in facts.measured["splits"]:
            cells = {}
            for metric in METRICS:
                rate = facts.pooled(network.name, metric, split)
                interval = f"{percent(rate['low'])} to {percent(rate['high'])}" if rate else ""
                ours = percent(rate["value"]) if rate else ""
                cells[metric] = {"printed": f"{network.printed[metric]:.2f} %", "ours": ours, "interval": interval}
            rows.append({"network": network.title, "split": split, "cells": cells})
    return rows
