from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad.evaluation.differences import paired_difference
from leukcad.evaluation.shortcut import shortcut_index


def calls(*shares: tuple[int, int]) -> list[dict[str, bool]]:
    """For A−, M0 and M1: the first x of n groups are called positive."""
    return [{f"g{i}": i < x for i in range(n)} for x, n in shares]


def test_the_index_is_the_share_of_the_alarm_that_healthy_cells_raise_as_well():
    told = shortcut_index(*calls((0, 60), (15, 60), (60, 60)))
    assert told.index == pytest.approx(0.25)
    assert (told.count, told.type) == (pytest.approx(0.25), pytest.approx(0.75))
    assert told.interval is not None
    assert told.interval[0] < 0.25 < told.interval[1]


def test_a_pure_counter_has_an_index_of_1_and_a_pure_reader_of_cells_of_0():
    assert shortcut_index(*calls((0, 40), (40, 40), (40, 40))).index == 1
    reader = shortcut_index(*calls((0, 40), (0, 40), (40, 40)))
    assert (reader.index, reader.interval) == (0, None)
    assert "every resample" in reader.note


def test_false_alarms_of_untouched_fields_are_taken_off():
    assert shortcut_index(*calls((10, 50), (20, 50), (50, 50))).index == pytest.approx(10 / 40)


def test_the_index_is_undefined_where_blasts_hardly_raise_an_alarm():
    told = shortcut_index(*calls((0, 60), (0, 60), (15, 60)))
    assert told.alarm.value == 0.25 and told.alarm.low < 0.2
    assert told.index is None and told.note.startswith("undefined: blasts raise the alarm by 0.25")


def test_below_30_groups_there_is_no_interval():
    told = shortcut_index(*calls((0, 29), (10, 29), (29, 29)))
    assert told.index == pytest.approx(10 / 29) and told.interval is None
    assert told.note == "no interval: 29 groups, 30 are needed"


def test_only_groups_that_have_all_three_enter():
    untouched, healthy, blasts = calls((0, 60), (30, 40), (50, 50))
    assert shortcut_index(untouched, healthy, blasts).alarm.n == 40


def test_without_groups_the_index_is_undefined():
    assert shortcut_index({}, {}, {}).index is None


@pytest.mark.slow
def test_the_interval_of_the_index_holds_its_coverage():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        u = rng.random(60)  # one u a group: what healthy cells alarm, blasts alarm too
        columns = [dict(enumerate((u < share).tolist())) for share in (0.05, 0.4, 0.9)]
        told = shortcut_index(*columns)  # type: ignore[arg-type]
        assert told.interval is not None
        covered += told.interval[0] <= 0.35 / 0.85 <= told.interval[1]
    assert covered >= 0.9 * 200  # BCa at 60 groups is near 95 %, not above


def test_newcombes_interval_gives_his_methods_worked_example():
    # Cavo et al. 2012, in Fagerland, Lydersen and Laake, Statistical Analysis of Contingency Tables, chapter 8
    before = [True] * 65 + [False] * 96
    after = [True] * 59 + [False] * 6 + [True] * 16 + [False] * 80
    told = paired_difference(after, before)
    assert (round(told.value, 4), round(told.low, 4), round(told.high, 4)) == (-0.0621, -0.1186, -0.0046)


pairs = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=80)


@settings(deadline=None)
@given(pairs)
def test_a_paired_difference_lies_in_its_interval_and_turns_its_sign_with_the_order(some):
    first, second = [a for a, _ in some], [b for _, b in some]
    there, back = paired_difference(first, second), paired_difference(second, first)
    assert there.low <= there.value <= there.high
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))


def test_the_lower_limit_of_a_difference_holds_its_coverage():
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(2000):
        u = rng.random(30)
        covered += paired_difference((u < 0.1).tolist(), (u < 0.6).tolist()).low <= 0.5
    assert covered / 2000 >= 0.96  # 97.5 % meant; Newcombe's is near it on average, not at each pair of rates
