"""A plugin package written from its templates."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from leukcad.errors import LeukcadError
from leukcad.files import atomic_folder, atomic_write
from leukcad.hookspecs import STAGES
from leukcad.scaffold.recipes import RECIPES


@dataclass(frozen=True)
class Names:
    """What a component called `name` is called elsewhere.

    Raises `LeukcadError` for an unknown stage, or a name that is not lower-case-with-dashes or no Python name.
    """

    name: str
    stage: str

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise LeukcadError(f"expected a stage out of {', '.join(STAGES)}, got {self.stage!r}")
        usable = re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", self.name) and not keyword.iskeyword(self.identifier)
        if not usable or self.identifier == "seam":
            raise LeukcadError(
                f"expected a name in lower case with dashes, got {self.name!r}", cure="such as white-patch"
            )

    @property
    def identifier(self) -> str:
        """As a module: white_patch."""
        return self.name.replace("-", "_")

    @property
    def package(self) -> str:
        """As a package: leukcad_white_patch."""
        return f"leukcad_{self.identifier}"

    @property
    def distribution(self) -> str:
        """As pip names it: leukcad-white-patch."""
        return f"leukcad-{self.name}"

    @property
    def cls(self) -> str:
        """As a class: WhitePatch."""
        return "".join(part.capitalize() for part in self.name.split("-"))


def scaffold(names: Names, into: Path) -> Path:
    """Write the package into the new folder `into`/DISTRIBUTION, and return that; refuses one that is there."""
    folder = into / names.distribution
    if folder.exists():
        raise LeukcadError(f"{folder} is there already", cure="choose another name, or another folder with --into")
    values = _values(names)
    with atomic_folder(folder) as new:
        package = new / names.package
        atomic_write(new / "pyproject.toml", _filled("pyproject.toml.txt", values))
        atomic_write(new / "README.md", _filled("README.md.txt", values))
        atomic_write(new / "try.yaml", _filled("try.yaml.txt", values))
        atomic_write(package / "__init__.py", f'"""{values["summary"].capitalize()}, for leukcad."""\n')
        atomic_write(package / "py.typed", "")
        atomic_write(package / "seam.py", _filled("seam.py.txt", values))
        atomic_write(package / f"{names.identifier}.py", _filled(f"stages/{names.stage}.py.txt", values))
        atomic_write(new / "tests" / f"test_{names.identifier}.py", _filled(f"tests/{names.stage}.py.txt", values))
        if names.stage == "data":
            _draw_pictures(new / "tests" / "fields")
    return folder


def _values(names: Names) -> dict[str, str]:
    """What the templates leave open."""
    recipe = RECIPES[names.stage]
    values = {
        "name": names.name,
        "stage": names.stage,
        "identifier": names.identifier,
        "package": names.package,
        "distribution": names.distribution,
        "cls": names.cls,
        "summary": recipe.summary,
        "needs": ", ".join(f'"{need}"' for need in recipe.needs),
        "settings": " --set path=tests/fields" if names.stage == "data" else "",
    }
    return values | {key: Template(text).substitute(values) for key, text in recipe.pipeline().items()}


def _filled(template: str, values: dict[str, str]) -> str:
    text = files("leukcad.scaffold").joinpath("templates", *template.split("/")).read_text(encoding="utf-8")
    return Template(text).substitute(values)


def _draw_pictures(folder: Path) -> None:
    """Twelve drawn fields of each class, for a data source to read."""
    from leukcad.data.images import write_jpeg
    from leukcad.testing import draw_field

    folder.mkdir(parents=True)
    for label, kinds in (("healthy", ["lymphocyte"] * 2), ("ALL", ["lymphoblast"] * 3)):
        for number in range(12):
            write_jpeg(draw_field(kinds, number).array(), folder / f"{label}_{number:03d}.jpg")
