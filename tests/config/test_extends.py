from __future__ import annotations

from pathlib import Path

import pytest

from leukcad.config.extends import load_extended, merge
from leukcad.config.nodes import to_plain
from leukcad.config.places import ConfigError
from leukcad.config.reading import parse


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def complaints(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_extended(path)
    return [line.removeprefix(f"{path.parent}/") for line in str(caught.value).split("\n")]


def test_mappings_merge_by_key_and_lists_are_replaced() -> None:
    base = parse("a: {x: 1, y: {z: 2}}\nb: [1, 2]\nc: 3", "base.yaml")
    over = parse("\na: {y: {w: 4}}\nb: [5]", "over.yaml")
    merged = merge(base, over)
    assert to_plain(merged) == {"a": {"x": 1, "y": {"z": 2, "w": 4}}, "b": [5], "c": 3}
    assert str(merged.mapping["a"].mapping["y"].mapping["w"].place) == "over.yaml:2:12"
    assert str(merged.mapping["a"].mapping["x"].place) == "base.yaml:1:8"
    assert str(merged.mapping["b"].key) == "over.yaml:3:1"
    assert str(merged.mapping["a"].key) == "over.yaml:2:1"


def test_another_component_brings_none_of_the_old_ones_options() -> None:
    base = parse("data: {use: simulated, preset: count}\ntest: {use: simulated, seed: 1}", "base.yaml")
    over = parse("data: {use: allidb1}\ntest: {seed: 2}", "over.yaml")
    assert to_plain(merge(base, over)) == {"data": {"use": "allidb1"}, "test": {"use": "simulated", "seed": 2}}


def test_options_are_laid_over_a_bare_name() -> None:
    merged = merge(parse("data: simulated", "base.yaml"), parse("data: {seed: 2}", "over.yaml"))
    assert to_plain(merged) == {"data": {"use": "simulated", "seed": 2}}


def test_a_file_is_laid_over_those_it_extends_the_later_ones_winning(tmp_path: Path) -> None:
    write(
        tmp_path, a="extends: [benches/b.yaml, benches/c.yaml]\nz: a", benches__b="x: b\ny: b", benches__c="y: c\nz: c"
    )
    tree = load_extended(tmp_path / "a.yaml")
    assert to_plain(tree) == {"x": "b", "y": "c", "z": "a"}
    assert tree.mapping["x"].folder == str(tmp_path / "benches")
    assert tree.folder == str(tmp_path)


def test_paths_count_from_the_file_that_names_them(tmp_path: Path) -> None:
    write(tmp_path, a="extends: sub/b.yaml", sub__b="extends: c.yaml", sub__c="x: 1")
    assert to_plain(load_extended(tmp_path / "a.yaml")) == {"x": 1}


def test_a_missing_base_is_a_positioned_problem_and_the_others_are_still_read(tmp_path: Path) -> None:
    write(tmp_path, a="x: 1\nextends: [none.yaml, b.yaml, 5]", b="y: *a")
    lines = complaints(tmp_path / "a.yaml")
    assert len(lines) == 3
    assert lines[0].startswith("a.yaml:2:11: extends: there is no file") and "there are: a.yaml, b.yaml" in lines[0]
    assert lines[1].startswith("a.yaml:2:30: extends: expected the path of a YAML file, got 5")
    assert lines[2].startswith("b.yaml:1:4: aliases")


def test_a_cycle_is_refused_where_it_closes(tmp_path: Path) -> None:
    write(tmp_path, a="extends: b.yaml", b="extends: a.yaml")
    assert complaints(tmp_path / "a.yaml")[0].startswith("b.yaml:1:10: extends: ")


def test_the_same_base_twice_is_no_cycle(tmp_path: Path) -> None:
    write(tmp_path, a="extends: [b.yaml, c.yaml]", b="extends: d.yaml\nx: 1", c="extends: d.yaml\ny: 1", d="z: 1")
    assert to_plain(load_extended(tmp_path / "a.yaml")) == {"z": 1, "x": 1, "y": 1}


def test_a_tree_of_extends_is_bounded(tmp_path: Path) -> None:
    for level in range(12):
        write(tmp_path, **{f"f{level}": f"extends: [{', '.join([f'f{level + 1}.yaml'] * 8)}]"})
    write(tmp_path, f12="x: 1")
    lines = complaints(tmp_path / "f0.yaml")
    assert len(lines) == 1 and "more than 64 files" in lines[0]


def test_a_file_without_a_mapping_is_refused(tmp_path: Path) -> None:
    write(tmp_path, a="- 1")
    assert complaints(tmp_path / "a.yaml") == ["a.yaml:1:1: expected a mapping (key: value), got a list"]
    write(tmp_path, b="")
    assert complaints(tmp_path / "b.yaml") == ["b.yaml:1:1: expected a mapping (key: value), got nothing (null)"]


def test_a_mapping_laid_over_steps_reaches_into_the_step_of_its_stage(tmp_path: Path) -> None:
    write(tmp_path, a="extends: b.yaml\nsteps: {classify: {name: vgg16, train: {lr: 1}}}")
    write(tmp_path, b="steps:\n  - classify: {use: torchvision, train: {lr: 2, batch: 8}}\n  - explain: gradcam")
    learned = {"use": "torchvision", "name": "vgg16", "train": {"lr": 1, "batch": 8}}
    assert to_plain(load_extended(tmp_path / "a.yaml")) == {"steps": [{"classify": learned}, {"explain": "gradcam"}]}


def test_a_step_that_is_not_there_once_is_refused_where_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, a="extends: b.yaml\nsteps: {detect: {a: 1}, crop: {b: 1}}", b="steps: [detect: x, detect: y]")
    assert complaints(tmp_path / "a.yaml")[0].startswith("a.yaml:2:9: expected one step of the stage 'detect'")


def test_a_mapping_of_steps_without_a_list_beneath_it_is_no_pipeline(tmp_path: Path) -> None:
    from leukcad.config import load_pipeline
    from leukcad.host import discover

    write(tmp_path, a="data: simulated\nclasses: [a, b]\nsteps: {classify: {use: torchvision}}")
    with pytest.raises(ConfigError, match="expected 'steps', a list"):
        load_pipeline(tmp_path / "a.yaml", discover())
