"""Lists of contacts: what is known is changed, what is bad is named, and nothing else happens."""

import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from app.contacts import cells
from app.contacts.lines import LONGEST_ROW, lines_of_csv
from app.contacts.mapping import mapping_called
from app.contacts.rows import ColumnsMissing, ColumnUnknown, ListUnreadable
from app.kit import db
from app.ledger.models import LedgerEntry
from app.retention import service as retention  # noqa: F401 (all tables are there)
from tests.contacts.conftest import row


def test_a_contact_counts_on_the_day_of_its_agents_team(switch):
    taken = switch.contacts(row("a", started_at="2026-11-19T23:30:00+00:00"), row("b", agent="kenji"))
    assert (taken.rows, taken.added, taken.bad) == (2, 2, 0)
    assert (switch.contact("a").site_day, switch.contact("a").team_id) == (date(2026, 11, 20), switch.cast.team_a.id)
    assert switch.contact("a").started_at == datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
    assert (switch.contact("b").site_day, switch.contact("b").team_id) == (date(2026, 11, 20), switch.cast.team_b.id)


def test_the_same_list_again_changes_nothing(switch):
    rows = [row(f"c{number}", customer=f"+1 555 {number % 3}") for number in range(20)]
    switch.contacts(*rows)
    before, sums = switch.all(), switch.sums(None, "day", "agent")
    taken = switch.contacts(*rows)
    assert (taken.added, taken.changed, taken.unchanged) == (0, 0, 20)
    assert (switch.all(), switch.sums(None, "day", "agent")) == (before, sums)


def test_a_known_contact_is_changed_and_an_empty_cell_says_nothing_new(switch):
    switch.contacts(row("a"))
    taken = switch.contacts(
        {"external_id": "a", "wait_seconds": 200, "agent": "kenji", "queue": "", "talk_seconds": ""}
    )
    contact = switch.contact("a")
    assert (taken.added, taken.changed) == (0, 1)
    assert (contact.wait_seconds, contact.queue, contact.talk_seconds) == (200, "support", 160)
    assert (contact.agent_id, contact.team_id) == (switch.cast.kenji.id, switch.cast.team_b.id)
    assert switch.sums(None, "agent", "team").keys() == {(switch.cast.kenji.id, switch.cast.team_b.id)}
    assert switch.differences() == ()


def test_bad_rows_are_named_with_line_column_and_reason_and_the_others_kept(switch):
    taken = switch.contacts(
        row("good"),
        row("", queue="sales"),
        row("b", started_at="soon"),
        row("c", agent="nobody"),
        row("d", answered="maybe"),
        row("e", wait_seconds=-1),
        row("f", talk_seconds="9999999"),
        row("g", team="Team Z"),
        row("h", started_at=""),
        row("i", answered="", talk_seconds=""),
        row("j", started_at="2031-01-01T00:00:00Z"),
        row("k", talk_seconds="0:02:40"),
    )
    assert [(one.line, one.column) for one in taken.bad_rows] == [
        (3, "external_id"),
        (4, "started_at"),
        (5, "agent"),
        (6, "answered"),
        (7, "wait_seconds"),
        (8, "talk_seconds"),
        (9, "team"),
        (10, "started_at"),
        (11, "answered"),
        (12, "started_at"),
    ]
    assert "add the person first" in taken.bad_rows[2].message
    assert (taken.rows, taken.added, taken.bad) == (12, 2, 10)
    assert switch.contact("k").talk_seconds == 160
    assert set(switch.all()) == {"good", "k"}
    assert switch.differences() == ()


def test_a_broken_row_does_not_take_its_neighbours_along(switch):
    taken = switch.text(
        'external_id,started_at,answered\na,2026-11-20T09:00Z,no\nb,2026-11-20T09:00Z,no,x,y\n\n"c\nd",2026-11-20T09:00Z,no\ne\n'
    )
    assert [(one.line, one.column) for one in taken.bad_rows] == [(3, ""), (7, "started_at")]
    assert set(switch.all()) == {"a", "c\nd"}


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("started_at", "0001-01-01T00:00:00+08:00"),
        ("started_at", "9999-12-31T23:59:59-08:00"),
        ("started_at", "0001-01-01T00:00:00"),
        ("rings", "③"),
        ("rings", "²"),
        ("rings", "²" * 3 + ".0"),
        ("rings", "9" * 5000),
        ("csat", "4.5"),
        ("nps", "９９"),
        ("talk_seconds", "9" * 5000),
        ("wait_seconds", "1e999"),
    ],
)
def test_an_odd_cell_costs_its_own_row_alone(switch, column, cell):
    rows = (row("a"), row("b", **{column: cell}), row("c"))
    taken = switch.contacts(*rows, time_zone=ZoneInfo("Asia/Shanghai"))
    assert [(one.line, one.column) for one in taken.bad_rows] == [(3, column)]
    assert set(switch.all()) == {"a", "c"}


def test_whole_numbers_are_read_as_spreadsheets_write_them(switch):
    switch.contacts(*(row(f"c{place}", rings=cell) for place, cell in enumerate(("3", " 3 ", "3.0", "３"))))
    assert [one.rings for one in switch.all().values()] == [3] * 4


def test_what_no_reader_of_cells_foresaw_is_a_bad_row(switch, monkeypatch):
    def fails(cell):
        raise OverflowError(cell) if cell == "b" else ValueError(cell)

    monkeypatch.setattr(cells, "direction", lambda cell: "inbound" if cell == "a" else fails(cell))
    taken = switch.contacts(row("a", direction="a"), row("b", direction="b"), row("c", direction="c"))
    assert [(one.line, one.column) for one in taken.bad_rows] == [(3, "direction"), (4, "direction")]
    assert set(switch.all()) == {"a"}
    assert "cannot be read" in taken.bad_rows[0].message


def test_times_without_an_offset_need_a_zone_where_teams_have_several(switch):
    naive = row("a", started_at="2026-11-20 09:00:00")
    assert "time zones" in switch.contacts(naive).bad_rows[0].message
    switch.contacts(naive, time_zone=ZoneInfo("Asia/Shanghai"))
    assert switch.contact("a").started_at == datetime(2026, 11, 20, 1, tzinfo=UTC)


def test_a_contact_that_was_not_said_to_be_answered_was_if_somebody_talked(switch):
    switch.contacts(row("a", answered=""), row("b", answered="", talk_seconds=0))
    assert (switch.contact("a").answered, switch.contact("b").answered) == (True, False)


def test_a_customer_is_known_however_the_number_is_written_and_never_kept(switch):
    same = ["+86 (21) 5555-0100", "00862155550100", "'+862155550100", "+86.21.5555.0100"]
    withheld = ["", "anonymous", "<Unknown>", " Restricted "]
    switch.contacts(*(row(f"c{place}", customer=one) for place, one in enumerate(same + withheld)))
    keys = [switch.contact(f"c{place}").customer_key for place in range(8)]
    assert len(set(keys[:4])) == 1 and keys[0] is not None
    assert keys[4:] == [None] * 4
    with db.session(switch.engine, reads_only=True) as session:
        kept = str([one.model_dump() for one in session.exec(select(LedgerEntry))]) + str(switch.all())
    for written in (*same, "55550100"):
        assert written not in kept


def test_lists_of_older_spreadsheets_are_read_too(switch):
    names = ";".join(row("a"))
    cells = ";".join(str(one) for one in row("a", queue="客服热线").values())
    switch.text(f"{names}\r\n{cells}\r\n".encode("gb18030"))
    switch.text(f"{names}\n{cells.replace('a;', 'b;', 1)}\n".encode("utf-16"))
    assert {switch.contact("a").queue, switch.contact("b").queue} == {"客服热线"}


def test_a_list_that_cannot_be_read_at_all_says_why(switch):
    with pytest.raises(ListUnreadable):
        switch.text(b"\x00\x01\x02")
    with pytest.raises(ListUnreadable):
        switch.text(b"")
    with pytest.raises(ColumnsMissing, match="external_id"):
        switch.text("started_at\n2026-11-20T09:00Z\n")
    with pytest.raises(ColumnUnknown, match="colour"):
        switch.text("external_id,started_at,colour\na,2026-11-20T09:00Z,red\n")


@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be"])
def test_a_list_in_utf_16_that_was_cut_off_is_refused_before_anything_is_kept(switch, code):
    names, cells = ",".join(row("a")), ",".join(str(one) for one in row("a").values())
    rows = "".join(f"{cells.replace('a,', f'c{place},', 1)}\n" for place in range(20_000))
    written = ("\ufeff" + f"{names}\n{rows}").encode(code)
    with pytest.raises(ListUnreadable):
        switch.text(written[:-1])
    with pytest.raises(ListUnreadable):
        switch.text("\ufeffa\0b".encode(code))
    assert switch.all() == {}


def test_a_list_that_turns_unreadable_while_it_is_read_says_so():
    opened = io.TextIOWrapper(io.BytesIO(b"a,b\n" + b"1,2\n" * 10_000 + b"\xff"), encoding="utf-8", newline="")
    with pytest.raises(ListUnreadable, match="no text there"):
        list(lines_of_csv(opened, ","))


@pytest.mark.parametrize(
    "endless",
    [
        "x" * (LONGEST_ROW + 1),
        "x," * LONGEST_ROW,
        '"x\n",' * LONGEST_ROW,
        "external_id,started_at\na,2026-11-20T09:00Z\nb," + "x," * LONGEST_ROW,
    ],
)
def test_a_list_whose_rows_do_not_end_is_refused_without_being_held(switch, endless):
    with pytest.raises(ListUnreadable, match="262,144 characters"):
        switch.text(endless)
    with pytest.raises(ListUnreadable, match="262,144 characters"):
        switch.text("1795136400|" + "x|" * LONGEST_ROW, mapping_called("asterisk-queue-log", "contacts"))
    assert switch.all() == {}


def test_a_row_may_be_as_long_as_all_its_cells_in_several_lines(switch):
    names, cells = ",".join([*row("a"), "customer"]), ",".join(str(one) for one in row("a").values())
    taken = switch.text(f'{names}\n{cells},"{"x" * 1000}\n{"y" * 1000}"\n{cells.replace("a,", "b,", 1)},\n')
    assert [(one.line, one.column) for one in taken.bad_rows] == [(2, "customer")]
    assert set(switch.all()) == {"b"}


def test_a_dry_run_says_what_would_become_of_it_and_keeps_nothing(switch):
    taken = switch.contacts(row("a"), row("b", agent="nobody"), dry_run=True)
    assert (taken.added, taken.bad, switch.all()) == (1, 1, {})


def test_the_ledger_tells_who_took_in_which_lines(switch):
    switch.contacts(row("a"), row("b", agent="nobody"))
    switch.contacts(row("a"))
    with db.session(switch.engine, reads_only=True) as session:
        (entry,) = session.exec(select(LedgerEntry).where(LedgerEntry.stream == "contacts"))
    assert (entry.event, entry.actor) == ("contacts.taken", "switch")
    assert entry.payload == {
        "first_line": 2,
        "last_line": 3,
        "added": 1,
        "changed": 0,
        "unchanged": 0,
        "bad": 1,
    }


def test_the_ledger_keeps_which_import_it_was_and_not_what_its_file_was_called(switch):
    switch.contacts(row("a"), reference="import-7")
    with db.session(switch.engine, reads_only=True) as session:
        (entry,) = session.exec(select(LedgerEntry).where(LedgerEntry.stream == "contacts"))
    assert entry.payload["source"] == "import-7"
    assert "5550100" not in str(entry.model_dump())


def test_several_rows_of_one_contact_follow_each_other(switch):
    taken = switch.contacts(row("a", wait_seconds=5), row("a", wait_seconds=25), row("a", wait_seconds=25))
    assert (taken.added, taken.changed, taken.unchanged) == (1, 1, 1)
    assert switch.contact("a").wait_seconds == 25
    assert switch.sums()[()]["answered_in_time"] == 0
    assert switch.differences() == ()


def test_what_customers_answered_comes_later_to_known_contacts_alone(switch):
    switch.contacts(row("a"), row("b"))
    taken = switch.answers(
        {"external_id": "a", "csat": 5, "nps": 10, "solved_first": "yes"},
        {"external_id": "b", "csat": 3, "nps": 6, "solved": "no"},
        {"external_id": "z", "csat": 3},
        {"external_id": "b", "csat": 6},
        {"external_id": "b", "solved": "no", "solved_first": "yes"},
    )
    assert [(one.line, one.column) for one in taken.bad_rows] == [(4, "external_id"), (5, "csat"), (6, "solved_first")]
    told = switch.sums()[()]
    names = "rated satisfied nps_rated promoters detractors outcome_known solved first_known solved_first".split()
    assert [told[name] for name in names] == [2, 1, 2, 1, 1, 2, 1, 1, 1]
    assert switch.answers({"external_id": "a", "csat": 5}).unchanged == 1
    assert switch.differences() == ()


def test_a_csv_cell_that_was_guarded_against_formulas_is_what_it_was(switch):
    switch.contacts(row("'-a", queue="'=support"))
    assert switch.contact("-a").queue == "=support"
