from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad.config.nodes import to_plain
from leukcad.config.places import ConfigError
from leukcad.config.reading import parse
from leukcad.config.settings import set_all, set_value

TEXT = """\
seed: 1
data: simulated
tests: {far: {use: simulated}}
steps:
  - preprocess: {use: a}
  - detect: nuclei
  - preprocess: {use: b}
  - classify: {use: torchvision, train: {epochs: 12}}
"""


def after(*settings: str) -> Any:
    return to_plain(set_all(parse(TEXT, "p.yaml"), settings))


def refused(setting: str) -> str:
    with pytest.raises(ConfigError) as caught:
        after(setting)
    assert len(caught.value.problems) == 1
    return str(caught.value)


def test_a_step_is_addressed_by_stage_or_by_place_from_1() -> None:
    for dotted in ("steps.classify.train.epochs", "steps.4.train.epochs", "steps.4.classify.train.epochs"):
        plain = after(f"{dotted}=5")
        assert plain["steps"][3] == {"classify": {"use": "torchvision", "train": {"epochs": 5}}}
        assert plain["steps"][0] == {"preprocess": {"use": "a"}}


def test_values_are_read_as_yaml() -> None:
    plain = after("seed=1e-3", "a.b.c=[x, no, 2]", "d='1'", "e=", "f={g: h}", "i=a=b", "j=no")
    assert plain["seed"] == 0.001
    assert plain["a"] == {"b": {"c": ["x", "no", 2]}}
    assert (plain["d"], plain["e"], plain["f"], plain["i"], plain["j"]) == ("1", None, {"g": "h"}, "a=b", "no")


def test_a_bare_component_name_takes_options() -> None:
    plain = after("steps.detect.min_area=5", "data.preset=count", "tests.far.seed=3")
    assert plain["steps"][1] == {"detect": {"use": "nuclei", "min_area": 5}}
    assert plain["data"] == {"use": "simulated", "preset": "count"}
    assert plain["tests"]["far"] == {"use": "simulated", "seed": 3}


def test_the_old_tree_stays_as_it_was() -> None:
    tree = parse(TEXT, "p.yaml")
    changed = set_value(tree, "steps.4.train.epochs", "5")
    assert to_plain(tree) == to_plain(parse(TEXT, "p.yaml")) != to_plain(changed)


def test_what_was_set_names_its_setting_and_the_rest_keeps_its_place() -> None:
    tree = set_value(parse(TEXT, "p.yaml"), "steps.classify.train.epochs", "5")
    train = tree.mapping["steps"].items[3].mapping["classify"].mapping["train"]
    assert str(train.mapping["epochs"].place) == "--set steps.classify.train.epochs=5"
    assert str(train.key) == "p.yaml:8:34"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("steps.preprocess.x=1", "there are 2 steps of the stage 'preprocess': say steps.1 or steps.3"),
        ("steps.clasify.x=1", "unknown step 'clasify'; did you mean 'classify'?"),
        ("steps.5.x=1", "'steps' has the places 1 to 4, got 5"),
        ("steps.0.x=1", "'steps' has the places 1 to 4, got 0"),
        ("steps.99999999999999999999.x=1", "unknown step"),
        ("seed.x=1", "'seed' is 1 (at p.yaml:1:7): it has no 'x'"),
        ("seed", "expected NAME=VALUE"),
        ("=1", "expected names with dots"),
        ("a..b=1", "expected names with dots"),
        ("seed=[", "not valid YAML"),
        ("seed=*a", "aliases (*a) are not allowed"),
    ],
)
def test_a_setting_that_has_no_place_is_named(setting: str, message: str) -> None:
    line = refused(setting)
    assert line.startswith(f"--set {setting}: ")
    assert message in line


def test_all_settings_that_fail_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        after("steps.9.x=1", "seed=2", "seed.y=1")
    assert len(caught.value.problems) == 2


@settings(deadline=None)
@given(st.text(max_size=20), st.text(max_size=20))
def test_no_setting_raises_anything_but_config_errors(dotted: str, text: str) -> None:
    try:
        after(f"{dotted}={text}", f"steps.{dotted}={text}")
    except ConfigError as error:
        assert error.problems
