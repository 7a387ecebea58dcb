from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from pydantic import BaseModel, ConfigDict, Field

from leukcad.config import FilePath, FolderPath, check_options, json_schema
from leukcad.config.nodes import to_plain
from leukcad.config.options import options_model, plain_options
from leukcad.config.places import Problem
from leukcad.config.reading import parse
from leukcad.errors import PluginError


class Train(BaseModel):
    model_config = ConfigDict(frozen=True)
    epochs: Annotated[int, Field(ge=1)] = 12
    lr: Annotated[float, Field(gt=0, le=1)] = 1e-3
    weights: FilePath | None = None


class Everything:
    """One line of what."""

    def __init__(
        self,
        *,
        name: str,
        area: Annotated[float, Field(gt=0, description="px²")] = 80.0,
        count: Annotated[int, Field(ge=1, le=9, description="how many")] = 3,
        switch: bool = False,
        mode: Literal["fast", "slow"] = "fast",
        size: int | Literal["auto"] = "auto",
        ratio: float | None = None,
        doses: tuple[int, ...] = (1, 2),
        pair: tuple[float, float] = (0.0, 1.0),
        names: Sequence[str] = (),
        weights: FilePath | None = None,
        root: FolderPath | None = None,
        files: tuple[FilePath, ...] = (),
        out: Path = Path("out"),
        train: Train = Train(),  # noqa: B008
        schema: dict[str, float] | None = None,
        copy: Annotated[str, Field(pattern="^[a-z]+$")] = "x",
    ) -> None: ...


class Nothing:
    pass


def check(text: str, cls: type = Everything, folder: Path | str = ".") -> tuple[dict[str, Any] | None, list[str]]:
    problems: list[Problem] = []
    options = check_options(cls, parse(text, "p.yaml", folder), problems)
    assert (options is None) == bool(problems)
    return options, [str(problem) for problem in problems]


def test_defaults_are_filled_in_and_values_have_their_python_types() -> None:
    options, _ = check(
        "use: everything\nname: a\narea: 5\ndoses: [3, 4]\npair: [1, 2.5]\ntrain: {epochs: 5}\nschema: {a: 1}"
    )
    assert options is not None
    assert "use" not in options
    assert (options["area"], type(options["area"])) == (5.0, float)
    assert options["doses"] == (3, 4)
    assert options["pair"] == (1.0, 2.5)
    assert options["train"] == Train(epochs=5)
    assert options["schema"] == {"a": 1.0}
    assert options["mode"] == "fast"
    Everything(**options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("area: fast", "2:7: expected a number > 0, got 'fast'"),
        ("area: '5'", "2:7: expected a number > 0, got '5'"),
        ("area: -1", "2:7: expected a number > 0, got -1"),
        ("area: true", "2:7: expected a number > 0, got true"),
        ("area: .nan", "2:7: expected a finite number, got nan"),
        ("area: .inf", "2:7: expected a finite number, got inf"),
        ("area:", "2:6: expected a number > 0, got nothing (null)"),
        ("count: 1.5", "2:8: expected a whole number ≥ 1 and ≤ 9, got 1.5"),
        ("count: 10", "2:8: expected a whole number ≥ 1 and ≤ 9, got 10"),
        ("count: true", "2:8: expected a whole number ≥ 1 and ≤ 9, got true"),
        ("count: [1]", "2:8: expected a whole number ≥ 1 and ≤ 9, got a list"),
        ("switch: 1", "2:9: expected true or false, got 1"),
        ("switch: yes", "2:9: expected true or false, got 'yes'"),
        ("mode: fats", "2:7: unknown value 'fats'; did you mean 'fast'? known: fast, slow"),
        ("mode: 1", "2:7: expected 'fast' or 'slow', got 1"),
        ("size: big", "2:7: expected a whole number or 'auto', got 'big'"),
        ("ratio: x", "2:8: expected a number or null, got 'x'"),
        ("doses: 1", "2:8: expected a list, each a whole number, got 1"),
        ("doses: [1, b]", "2:12: expected a whole number, got 'b'"),
        ("pair: [1]", "2:7: expected a list of 2: a number, a number, got a list of 1"),
        ("pair: [1, 2, 3]", "2:7: expected a list of 2: a number, a number, got a list of 3"),
        ("names: [1]", "2:9: expected text, got 1"),
        ("train: 5", "2:8: expected a mapping, got 5"),
        ("train: {epochs: 0}", "2:17: expected a whole number ≥ 1, got 0"),
        ("train: {lr: 2}", "2:13: expected a number > 0 and ≤ 1, got 2"),
        ("train: {epoch: 1}", "2:9: unknown key 'epoch'; did you mean 'epochs'? known: epochs, lr, weights"),
        ("schema: {a: b}", "2:13: expected a number, got 'b'"),
        ("copy: A", "2:7: expected text of the form ^[a-z]+$, got 'A'"),
        ("aera: 1", "2:1: unknown key 'aera'; did you mean 'area'? known: area, copy, count"),
        ("weights: ''", "2:10: expected text of at least 1 character(s) or null, got ''"),
    ],
)
def test_a_mistake_says_what_was_expected_and_what_came(text: str, message: str) -> None:
    options, problems = check(f"name: a\n{text}")
    assert options is None
    assert len(problems) == 1
    assert problems[0].startswith(f"p.yaml:{message}")


def test_all_mistakes_come_at_once() -> None:
    _, problems = check("area: x\ncount: 0\ntrain: {epochs: a, lr: b, z: 1}")
    assert [line.split(": ")[0] for line in problems] == [
        "p.yaml:1:1",
        "p.yaml:1:7",
        "p.yaml:2:8",
        "p.yaml:3:17",
        "p.yaml:3:24",
        "p.yaml:3:27",
    ]
    assert problems[0] == "p.yaml:1:1: 'name' is missing"


def test_options_that_are_no_mapping_are_refused() -> None:
    assert check("[1]")[1] == ["p.yaml:1:1: expected a mapping of options, got a list"]


def test_a_component_without_a_constructor_has_no_options() -> None:
    assert check("use: nothing", Nothing) == ({}, [])
    assert check("x: 1", Nothing)[1] == ["p.yaml:1:1: unknown key 'x'; none is known here"]


def test_paths_are_found_beside_the_yaml_then_here_then_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("yaml", "here", "data"):
        (tmp_path / place).mkdir()
        (tmp_path / place / f"{place}.pt").touch()
        (tmp_path / place / "all.pt").touch()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("LEUKCAD_DATA", str(tmp_path / "data"))
    text = "name: a\nweights: all.pt\nfiles: [yaml.pt, here.pt, data.pt]\ntrain: {weights: ../here/here.pt}"
    text += "\nroot: .\nout: o"
    options, problems = check(text, folder=tmp_path / "yaml")
    assert options is not None, problems
    assert options["weights"] == tmp_path / "yaml" / "all.pt"
    assert options["files"] == tuple(tmp_path / p / f"{p}.pt" for p in ("yaml", "here", "data"))
    assert options["train"].weights == tmp_path / "here" / "here.pt"
    assert options["root"] == tmp_path / "yaml"
    assert options["out"] == tmp_path / "yaml" / "o"


def test_a_missing_path_is_a_positioned_problem_that_names_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEUKCAD_DATA", str(tmp_path / "data"))
    _, problems = check('name: a\nweights: none.pt\ntrain: {weights: .}\nfiles: ["a\\0b"]', folder=tmp_path / "sub")
    looked = ", ".join(f"'{tmp_path / p}'" for p in ("sub/none.pt", "none.pt", "data/none.pt"))
    assert problems[0] == f"p.yaml:2:10: there is no file 'none.pt'; looked at {looked}"
    assert problems[2] == f"p.yaml:3:18: expected a file; '{tmp_path}' is something else"
    assert problems[1].startswith("p.yaml:4:9: there is no file 'a\\x00b'")


def test_checked_options_go_back_to_yaml_and_give_the_same(tmp_path: Path) -> None:
    (tmp_path / "w.pt").touch()
    options, _ = check("name: a\nweights: w.pt\ndoses: [5]\ntrain: {weights: w.pt}", folder=tmp_path)
    plain = plain_options(options)
    assert plain["train"] == {"epochs": 12, "lr": 0.001, "weights": str(tmp_path / "w.pt")}
    problems: list[Problem] = []
    node = parse(json.dumps(plain), "again.yaml", "/")
    assert check_options(Everything, node, problems) == {**(options or {}), "out": Path("/out"), "names": []}
    assert not problems


def test_the_json_schema_accepts_what_is_right_and_refuses_what_is_wrong() -> None:
    schema = json_schema(Everything)
    jsonschema.Draft202012Validator.check_schema(schema)
    right = to_plain(parse("name: a\narea: 5\nsize: auto\ntrain: {lr: 0.1}\nweights: w.pt", "x"))
    jsonschema.validate(right, schema)
    for wrong in ("name: a\nx: 1", "name: a\narea: 0", "area: 1", "name: a\ntrain: {x: 1}", "name: a\nmode: x"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(to_plain(parse(wrong, "x")), schema)
    assert schema["properties"]["area"]["description"] == "px²"
    assert schema["properties"]["area"]["default"] == 80.0


def test_a_constructor_with_more_takes_what_its_base_takes_its_own_first_and_its_own_defaults() -> None:
    class Base:
        def __init__(self, *, side: int = 3, train: str = "long") -> None: ...

    class Mine(Base):
        def __init__(self, *, name: str, train: str = "short", **more: Any) -> None: ...

    class Heir(Mine):
        pass

    for cls in (Mine, Heir):
        told = json_schema(cls)["properties"]
        assert list(told) == ["name", "side", "train"]
        assert told["train"]["default"] == "short"
        assert check_options(cls, parse("name: a\nside: 4", "x"), []) == {"name": "a", "side": 4, "train": "short"}


def test_a_constructor_that_is_no_schema_is_the_plugins_fault() -> None:
    class Untyped:
        def __init__(self, *, a=1) -> None: ...  # type: ignore[no-untyped-def]

    class Open:
        def __init__(self, **more: int) -> None: ...

    class Foreign:
        def __init__(self, *, a: object = None, b: pytest.Config) -> None: ...

    class Unknown:
        def __init__(self, *, a: "NoSuchName" = 1) -> None: ...  # type: ignore[name-defined]  # noqa: F821, UP037

    for cls, words in (
        (Untyped, "has no type"),
        (Open, "named arguments"),
        (Foreign, "no schema"),
        (Unknown, "no schema"),
    ):
        with pytest.raises(PluginError, match=words):
            options_model(cls)
