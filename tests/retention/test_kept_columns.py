"""docs/retention.md says of every column that can hold words what becomes of it."""

import app.worker  # noqa: F401 (it knows all tables)
from tests.retention.kept_columns import AGED, ERASED, all_columns, named, told


def test_every_column_that_can_hold_words_is_on_the_page() -> None:
    assert all_columns() - named() == set()
    assert {one for one in named() - all_columns() if one not in ("contact.customer_key", "call_segment.id")} == set()


def test_what_goes_with_the_words_goes_with_an_erasure_too() -> None:
    aged, erased = told(AGED), told(ERASED)
    assert len(erased) > 100
    assert {one for one, says in aged.items() if says == "removed" and erased[one] != "removed"} == set()
