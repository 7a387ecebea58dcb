"""The study's panels of pictures: fields (Figure 2), synthetic fields (3), heat maps (4, 5) and of pasted WBC (8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.report.pictures import heat_scale, overlay_heat
from leukcad.reproducing.facts import Facts
from leukcad.reproducing.figures import blank, save

if TYPE_CHECKING:
    from leukcad.reproducing.looking import Looks, Seen

SIDE = 1.9  # inches a picture is wide
FEW = 4  # pictures of Figure 2


def draw(facts: Facts, looks: Mapping[str, Looks], folder: Path) -> dict[str, str]:
    """Write the panels of the first seed; name → file beside the page. None are drawn without heat maps."""
    drawn: dict[str, str] = {}
    if not looks:
        return drawn
    titles = {n.name: n.title for n in facts.ran()}
    first = next(iter(looks.values()))
    positive = facts.measured["positive"]
    both = [[s for s in first.seen if (s.label == positive) is ill] for ill in (False, True)]
    some = [s for pair in zip(*both, strict=False) for s in pair][:FEW]
    drawn["figure2"] = _plain(some, [f"{s.name} ({s.label})" for s in some], folder, "figure2")
    host = [s for s in first.pasted if s.name.partition("+")[0] == first.pasted[0].name.partition("+")[0]]
    drawn["figure3"] = _plain(host, [f"{_host(s)}, {s.dose} pasted" for s in host], folder, "figure3")
    for name, ill in (("figure4", True), ("figure5", False)):
        rows = {titles[n]: [s for s in told.seen if (s.label == positive) is ill] for n, told in looks.items()}
        drawn[name] = _heat(rows, lambda s: s.name, folder, name)
    rows = {titles[n]: told.pasted for n, told in looks.items()}
    drawn["figure8"] = _heat(rows, lambda s: f"{_host(s)}, {s.dose} pasted", folder, "figure8")
    return {name: file for name, file in drawn.items() if file}


def _host(seen: Seen) -> str:
    return seen.name.partition("+")[0]


def _plain(some: Sequence[Seen], words: Sequence[str], folder: Path, name: str) -> str:
    return _grid({"": [s.picture for s in some]}, words, folder, name)


def _heat(rows: Mapping[str, Sequence[Seen]], words: Any, folder: Path, name: str) -> str:
    """A row a network, its maps on one scale."""
    laid = {}
    for title, some in rows.items():
        top = heat_scale([s.heat for s in some])
        laid[title] = [overlay_heat(s.picture, s.heat, top) for s in some]
    return _grid(laid, [words(s) for s in next(iter(rows.values()))], folder, name)


def _grid(rows: Mapping[str, Sequence[Any]], words: Sequence[str], folder: Path, name: str) -> str:
    if not words:
        return ""
    figure, axes = blank(len(rows), len(words), (SIDE * len(words) + 0.4, SIDE * 0.86 * len(rows) + 0.4))
    for across, (title, pictures) in zip(axes, rows.items(), strict=True):
        for ax, picture in zip(across, pictures, strict=False):
            ax.imshow(picture)
        for ax in across:
            ax.set_xticks([])
            ax.set_yticks([])
        across[0].set_ylabel(title, fontsize=9)
    for ax, word in zip(axes[0], words, strict=True):
        ax.set_title(word, fontsize=8)
    return save(figure, folder, name, vector=False)
