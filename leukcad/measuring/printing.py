"""A measurement in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leukcad.measuring import words
from leukcad.report.tables import styled, titled_table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

SHOWN = (0, 1, 2, 3, 4, 6)  # of words.HEAD: what fits into eighty columns


def print_measurement(told: Mapping[str, Any], console: Console | None = None) -> None:
    """Print a table a set, and what the paired tests say, to stdout."""
    from rich.console import Console

    out = console or Console()
    for of, about in told["sets"].items():
        head = [words.HEAD[column] for column in SHOWN]
        table = titled_table(f"{of}: {about['source']}, {about['fields']} fields", ["cells", *head])
        for model, sets in told["figures"].items():
            for view, found in sets[of].items():
                name = model if len(sets[of]) == 1 else f"{model}, {view}"
                cells = words.cells_of(found)
                table.add_row(styled(name, "bold"), str(found["cells"]), *(_cell(cells[column]) for column in SHOWN))
        out.print()
        out.print(table)
        for view, pairs in told["paired"][of].items():
            for pair in pairs:
                said = f"{view}: {pair['first']} and {pair['second']}: {pair['says']}"
                out.print(styled(f"{said} (p {words.p_value(pair['p_holm'])})"))
    if told["quick"]:
        out.print(styled("A quick look: read nothing into its figures.", "yellow"))


def _cell(pair: tuple[str, str]) -> Text:
    """The figure, and what goes with it on lines below."""
    from rich.text import Text

    figure, small = pair
    return Text.assemble((figure, "bold"), *([("\n" + small.replace("; ", "\n"), "dim")] if small else []))
