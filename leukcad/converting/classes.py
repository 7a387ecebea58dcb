"""Class names of cells, old to new: said, never guessed, and nothing is dropped that was not named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leukcad.errors import LeukcadError
from leukcad.types import Cells

LONGEST = 200  # characters of a class name


@dataclass(eq=False)
class ClassMap:
    """names: old → new; drop: classes whose cells are left out; whole: whether a class in neither is a mistake.

    Otherwise a class that is not named keeps its name. '' names cells of no known class. `seen` collects what occurred.
    """

    names: dict[str, str] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    whole: bool = False
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if both := sorted(self.drop & set(self.names)):
            raise LeukcadError(f"class {both[0]!r}: expected a new name or to be dropped, got both")
        for name in self.names.values():
            check_name(name)

    @classmethod
    def read(cls, file: Path | None, renames: Sequence[str] = (), drop: Sequence[str] = ()) -> ClassMap:
        """A map out of a YAML file (old: new, for every class) and of `old=new` texts, which count more.

        Raises LeukcadError for what is no name.
        """
        names = _from_yaml(file) if file else {}
        for text in renames:
            old, equals, new = text.partition("=")
            if not equals:
                raise LeukcadError(f"--rename: expected OLD=NEW, got {text[:100]!r}")
            if old in drop:
                raise LeukcadError(f"class {old!r}: expected a new name or to be dropped, got both")
            names[old] = new
        return cls({old: new for old, new in names.items() if old not in drop}, frozenset(drop), file is not None)

    def apply(self, cells: Cells) -> Cells:
        """The cells by their new names, those of dropped classes left out; classes in the order of the old ones.

        Raises LeukcadError naming all classes that the map leaves out, and for cells of no known class.
        """
        names = cells.names()
        self.seen |= {*cells.classes, *names}
        told = [*cells.classes, *(name for name in names if not name)]
        if lost := sorted({n for n in told if n not in self.drop and n not in self.names and (self.whole or not n)}):
            what = ", ".join(name or "'' (cells of no known class)" for name in lost)
            cure = "name each: --rename OLD=NEW, or --drop NAME"
            raise LeukcadError(f"no new class is named for {what}", cure=cure)
        new = {name: self.names.get(name, name) for name in told if name not in self.drop}
        classes = tuple(dict.fromkeys(new.values()))
        for name in classes:
            check_name(name)
        kept = [i for i, name in enumerate(names) if name not in self.drop]
        chosen = cells.select(kept)
        labels = cells.labels.new_tensor([classes.index(new[names[i]]) for i in kept])
        return chosen.replace(labels=labels, classes=classes)

    def check_used(self) -> None:
        """Raises LeukcadError where a class was named that no field knows: most likely a slip of the pen."""
        if strange := sorted({*self.names, *self.drop} - self.seen):
            known = ", ".join(sorted(name for name in self.seen if name)) or "none"
            raise LeukcadError(f"no field knows the class {strange[0]!r}", cure=f"known: {known}")


def check_name(name: str) -> None:
    """Raises LeukcadError for a class name that some format cannot hold: empty, padded, or with control characters."""
    if not name or name != name.strip() or not name.isprintable() or len(name) > LONGEST:
        cure = "give it another: --rename OLD=NEW"
        raise LeukcadError(f"expected a class name of plain printable text, got {name[:60]!r}", cure=cure)


def _from_yaml(file: Path) -> dict[str, str]:
    from leukcad.config.nodes import to_plain
    from leukcad.config.reading import load

    told = to_plain(load(file))
    if not isinstance(told, dict) or not all(isinstance(new, str | int) for new in told.values()):
        raise LeukcadError(f"{file}: expected a mapping of old to new class names", cure="as in  Platelets: platelet")
    return {str(old): str(new) for old, new in told.items()}
