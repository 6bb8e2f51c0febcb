"""Days are read as whole months and what is left, and each of them exactly once."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reports.windows import parts

FIRST = date(2024, 1, 1)
days = st.integers(0, 1200).map(lambda number: FIRST + timedelta(days=number))


def read(first: date | None, end: date | None, by_day: bool) -> Counter[date]:
    """How often each day is read, of those from 2024 to 2027."""
    found: Counter[date] = Counter()
    last = date(2028, 1, 1)
    for part in parts(first, end, by_day):
        begin, stop = part.first or FIRST, part.end or last
        assert not part.months or (begin.day, stop.day) == (1, 1)
        for number in range((stop - begin).days):
            found[begin + timedelta(days=number)] += part.sign
    return Counter({day: times for day, times in found.items() if times})


@given(days, st.integers(0, 800), st.booleans())
def test_every_day_of_a_stretch_is_read_once_and_no_other(first: date, length: int, by_day: bool) -> None:
    wanted = {first + timedelta(days=number): 1 for number in range(length)}
    assert read(first, first + timedelta(days=length), by_day) == wanted


@pytest.mark.parametrize(("first", "end"), [(None, date(2025, 3, 20)), (date(2025, 3, 9), None), (None, None)])
def test_a_stretch_without_an_end_is_read_too(first: date | None, end: date | None) -> None:
    whole = read(None, None, by_day=True)
    assert read(first, end, by_day=False) == {
        day: 1 for day in whole if (first is None or day >= first) and (end is None or day < end)
    }


def test_a_year_is_read_by_its_months_and_few_days() -> None:
    found = parts(date(2025, 3, 5), date(2026, 3, 29), by_day=False)
    assert [(one.sign, one.months) for one in found] == [(1, True), (-1, False), (-1, False)]
    assert sum((one.end - one.first).days for one in found[1:] if one.end and one.first) == 7
