from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad.config.nodes import to_plain
from leukcad.config.reading import parse
from leukcad.config.writing import dump
from leukcad.errors import LeukcadError

CHARACTERS = st.characters(exclude_categories=("Cs",))
TEXT = st.text(CHARACTERS) | st.sampled_from(
    ["no", "1e-3", "010", "1:30", "~", "", "a: b", "# c", "- a", "<<", "y", "="]
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**300), 10**300) | st.floats(allow_nan=False) | TEXT
PLAIN = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=25)


@settings(deadline=None)
@given(PLAIN)
def test_what_is_written_reads_back_identically(plain: object) -> None:
    back = to_plain(parse(dump(plain), "x.yaml"))
    assert repr(back) == repr(plain)  # repr tells 1 from 1.0 and True, and keeps the order of keys


@settings(deadline=None)
@given(PLAIN)
def test_a_yaml_1_1_reader_reads_the_same(plain: object) -> None:
    assert repr(yaml.safe_load(dump(plain))) == repr(plain)


def test_a_pipeline_looks_as_a_person_would_write_it() -> None:
    plain = {
        "steps": [{"detect": {"use": "nuclei"}}, {"crop": {"size": 96}}],
        "classes": ["healthy", "ALL"],
        "lr": 1e-5,
    }
    expected = (
        "steps:\n  - detect:\n      use: nuclei\n  - crop:\n      size: 96\nclasses: [healthy, ALL]\nlr: 1.0e-05\n"
    )
    assert dump(plain) == expected


def test_nan_and_tuples_are_written() -> None:
    assert dump({"a": math.nan, "b": (1, 2)}) == "a: .nan\nb: [1, 2]\n"


@pytest.mark.parametrize("plain", [{"a": object()}, {1: 2}, {"a": "\ud800"}, {"k" * 600: 1}, [{"a": [object()]}]])
def test_what_yaml_has_no_form_for_is_refused(plain: object) -> None:
    with pytest.raises(LeukcadError):
        dump(plain)
