from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad.config.nodes import to_plain
from leukcad.config.places import ConfigError
from leukcad.config.reading import MAX_BYTES, load, parse


def read(text: str | bytes) -> object:
    return to_plain(parse(text, "x.yaml"))


def complaints(text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "x.yaml")
    return str(caught.value).split("\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("+1.5", 1.5),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("y", "y"),
        ("010", 10),
        ("-7", -7),
        ("0o17", 15),
        ("0x1f", 31),
        ("-0x1f", "-0x1f"),
        ("0b11", "0b11"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2001-01-01", "2001-01-01"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("inf", "inf"),
        ("nan", "nan"),
        ("~", None),
        ("null", None),
        ("", None),
        ("NULL", None),
        ("nil", "nil"),
        ("true", True),
        ("False", False),
        ("'1'", "1"),
        ('"true"', "true"),
        ("|\n  12\n", "12\n"),
        ("e5", "e5"),
        (".", "."),
        ("-", [None]),
        ("١", "١"),
        ("=", "="),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    got = read(f"a: {text}" if text != "-" else "a:\n-")
    assert got == {"a": value}
    assert type(got["a"]) is type(value)  # type: ignore[index]


def test_nan_is_a_number() -> None:
    assert math.isnan(read("a: .nan")["a"])  # type: ignore[index]


def test_every_value_knows_its_line_and_column() -> None:
    tree = parse("a: 1\nsteps:\n  - crop: {size: 96}\n  - classify:\n      lr: fast\n", "p.yaml")
    second = tree.mapping["steps"].items[1].mapping["classify"]
    assert str(second.key) == "p.yaml:4:5"
    assert str(second.mapping["lr"].place) == "p.yaml:5:11"
    assert str(second.mapping["lr"].key) == "p.yaml:5:7"
    assert str(tree.mapping["steps"].items[0].mapping["crop"].mapping["size"].place) == "p.yaml:3:18"


def test_all_refusals_of_a_file_come_at_once_with_their_positions() -> None:
    text = "a: &x 1\nb: *x\n<<: {}\na: 2\n1: 2\n? [a]\n: b\nc: !!python/object:os.system x\ntrue: 1\n~: 1\n"
    starts = ["1:4: anchors", "2:4: aliases", "3:1: merge keys", "4:1: key 'a' stands here a second time"]
    starts += ["5:1: expected text as a key, got 1", "6:3: expected text as a key, got a list", "8:4: tags"]
    starts += ["9:1: expected text as a key, got true", "10:1: expected text as a key, got nothing"]
    lines = complaints(text)
    assert len(lines) == len(starts)
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(f"x.yaml:{start}")
    assert "the first is at x.yaml:1:1" in lines[3]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("a: b: c", "x.yaml:1:5: not valid YAML: mapping values are not allowed"),
        ("a:\n\t- b", "x.yaml:2:1: not valid YAML"),
        ("a: [1,\n2", "x.yaml:2:2: not valid YAML"),
        ("a: @b", "x.yaml:1:4: not valid YAML"),
        ("a: 1\n---\nb: 2", "x.yaml:2:1: a second document"),
        ("%YAML 1.1\n---\na: 1", "x.yaml:1:1: directives"),
        ("a: 1\nb: \0", "x.yaml:2:4: a character that YAML does not allow (U+0000)"),
        (b"a: 1\nb: \xc3\xa4\xff", "x.yaml:2:5: not UTF-8"),
        (b"\xff\xfea\x00:\x00", "x.yaml:1:1: not UTF-8"),
        ('a: "\\ud800"', "x.yaml:1:4: a lone surrogate"),
        ("a: \ud800", "x.yaml:1:4: a character that YAML does not allow (U+D800)"),
        ('a: "\\U00110000"', "x.yaml:1:7: not valid YAML"),
        ("a: 1e999", "x.yaml:1:4: the number 1e999 is out of range"),
        (f"a: {'9' * 5000}", "x.yaml:1:4: a number of 5000 characters"),
        ("[" * 30_000, "x.yaml:1:52: nested deeper than 50 levels"),
        ("{a: " * 30_000, "x.yaml:1:202: nested deeper"),
        ("- " * 30_000, "x.yaml:1:103: nested deeper"),
        ("? " * 30_000, "x.yaml:1:103: nested deeper"),
        ("[1," * 30_000, "x.yaml:1:152: nested deeper"),
        ("- a\n" * 50_001, "x.yaml:50000:3: more than 50000 values"),
        ("#" * (MAX_BYTES + 1), "x.yaml:1:1: larger than 1024 KiB"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_its_position(text: str | bytes, start: str) -> None:
    lines = complaints(text)
    assert len(lines) == 1
    assert lines[0].startswith(start)


def test_a_billion_laughs_are_refused_at_the_first() -> None:
    bomb = "a: &a [lol, lol]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi"))  # noqa: B905
    assert complaints(bomb)[0].startswith("x.yaml:1:4: anchors (&a)")


def test_problems_are_bounded() -> None:
    assert len(complaints("\n".join(f"- *a{n}" for n in range(1000)))) == 100


def test_a_byte_order_mark_moves_no_position() -> None:
    assert str(parse(b"\xef\xbb\xbfa: 1", "x.yaml").mapping["a"].key) == "x.yaml:1:1"


def test_a_long_text_is_read() -> None:
    assert read("a: " + "x" * 500_000) == {"a": "x" * 500_000}


def test_an_empty_file_is_nothing() -> None:
    assert read("") is None
    assert read("# only a comment\n") is None


def test_a_file_knows_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1", encoding="utf-8")
    tree = load(file)
    assert tree.folder == str(tmp_path)
    assert tree.place.file == str(file)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: there is no such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="this is not a file"):
        load(tmp_path)


@pytest.mark.parametrize("asked", ["two_step", "two_step.yaml", "Two-Step.yml", "pipelines/tow_step.yaml"])
def test_of_a_missing_file_the_most_alike_is_named(asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("pipelines/two_step.yaml", "pipelines/benches/simulated.yaml", "mine.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(ConfigError, match=r"no such file; did you mean 'pipelines/two_step\.yaml'\?$"):
        load(asked)
    with pytest.raises(ConfigError, match=r"no such file$"):
        load("quite_another.yaml")


@settings(deadline=None)
@given(st.text() | st.text("[]{}:,-?*&!|>'\"%@`# \t\n\r<~ab01.\\x\ufeff\x85\u2028", max_size=60))
def test_no_text_raises_anything_but_config_errors(text: str) -> None:
    try:
        parse(text, "x.yaml")
    except ConfigError as error:
        assert all(str(problem).startswith("x.yaml:") and "\n" not in str(problem) for problem in error.problems)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_config_errors(data: bytes) -> None:
    try:
        parse(data, "x.yaml")
    except ConfigError as error:
        assert error.problems
