from __future__ import annotations

from leukcad.config.places import ConfigError, Place, Problem, nearest, one_of


def test_problems_come_in_the_order_of_the_file_each_once() -> None:
    problems = [
        Problem.at(Place("a", 3, 1), "three"),
        Problem.at(Place("b", 1, 1), "b"),
        Problem.at(Place("a", 1, 2), "x"),
    ]
    assert str(ConfigError([*problems, problems[0]])) == "a:1:2: x\na:3:1: three\nb:1:1: b"


def test_a_message_stays_on_one_line() -> None:
    assert str(Problem.at(Place("--set x"), "two\nlines")) == "--set x: two lines"


def test_the_nearest_name_is_offered_whatever_its_case() -> None:
    assert nearest("epoch", ["epochs", "lr"]) == "did you mean 'epochs'? known: epochs, lr"
    assert nearest("ResNet18", ["resnet18", "vgg"]).startswith("did you mean 'resnet18'?")
    assert nearest("qqq", ["epochs", "lr"]) == "known: epochs, lr"
    assert nearest("x", []) == "none is known here"
    assert one_of("key", "epoch", ["epochs"]) == "unknown key 'epoch'; did you mean 'epochs'? known: epochs"


def test_a_long_list_of_names_is_cut() -> None:
    assert nearest("zz", [f"n{i:03}" for i in range(100)]).endswith("n023 and 76 more")
