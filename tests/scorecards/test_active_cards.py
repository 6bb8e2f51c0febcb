"""The call centre's own cards judge its calls; one that is broken never takes the place of one that works."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.evaluations import queries as evaluations
from app.evaluations.service import evaluate
from app.kit import db
from app.kit.db import id_of
from app.ledger.models import LedgerEntry
from app.ledger.service import machine
from app.scorecards import folder, loader, queries
from app.scorecards.active import active_card, active_versions, held, judge_by
from app.scorecards.folder import FolderUnreadable, TwoForOneLanguage
from app.scorecards.loader import ScorecardInvalid, shipped_card
from app.scorecards.models import ScorecardVersion
from app.scorecards.service import put_all_in_force
from app.transcription import queries as transcripts
from tests.reviews.test_lock_order import until_it_waits
from tests.scorecards.own_cards import BROKEN, NO_YAML, card, own_cards
from tests.stored import NOW, scored

SAID = ("0-4 agent: Hello, this is Dana.", "5-8 customer: Hi.")


@pytest.fixture
def cards(tmp_path):
    with own_cards(tmp_path / "cards") as place:
        yield place


@pytest.fixture(autouse=True)
def gone_at_once(monkeypatch):
    """A file that was taken away is gone, without anybody having to wait."""
    monkeypatch.setattr(folder, "GONE_SECONDS", 0.0)


def restart(place: Path) -> None:
    """What a process knows of the folder is forgotten; what is stored is not."""
    for known in (loader._read, folder._known, folder._told, queries._cards):
        known.clear()
    judge_by(place)


def pass_mark(session: Session, language: str = "en") -> float:
    """By which of our cards a call would be judged now."""
    return active_card(session, language).pass_mark


def judged(session: Session, *said: str) -> str:
    """The version by which a call is judged now."""
    call, _ = scored(session, *(said or SAID))
    found = evaluations.current(session, id_of(call))
    assert found is not None
    return found.scorecard_version


def test_without_a_folder_the_shipped_card_judges(session) -> None:
    assert judged(session) == shipped_card("en").version
    assert queries.in_force(session, "en") is None


def test_a_card_of_the_folder_judges_calls_in_its_language_and_shipped_cards_the_others(session, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    assert judged(session) == active_card(session, "en").version
    assert pass_mark(session) == 80
    assert active_card(session, "zh-CN") == shipped_card("zh")
    assert active_versions(session) == (
        active_card(session, "en").version,
        shipped_card("zh").version,
        shipped_card("ja").version,
    )


def test_a_file_that_changes_judges_the_next_call(session, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    first = judged(session)
    (cards / "english.yaml").write_text(card(70))
    second = judged(session, *SAID, "9-10 agent: Bye.")
    assert first != second
    assert [queries.card(session, one).pass_mark for one in (first, second)] == [80, 70]


@pytest.mark.parametrize("broken", [BROKEN, NO_YAML, "", "language: en"])
def test_a_broken_file_never_replaces_the_card_that_works(session, cards, broken) -> None:
    (cards / "english.yaml").write_text(card(80))
    before = judged(session)
    (cards / "english.yaml").write_text(broken)
    assert judged(session, *SAID, "9-10 agent: Bye.") == before
    (one,) = held(session)
    assert (one.file, one.version) == ("english.yaml", before)
    assert one.fault


def test_after_a_restart_the_last_good_version_still_judges(session, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    judged(session)
    (cards / "english.yaml").write_text(card(70))
    last = judged(session, *SAID, "9-10 agent: Bye.")
    (cards / "english.yaml").write_text(NO_YAML)
    restart(cards)
    put_all_in_force(session, machine(NOW))
    assert active_card(session, "en").version == last
    assert held(session)[0].version == last


def test_a_version_that_was_taken_up_again_is_the_last_one(session, cards) -> None:
    for place, mark in enumerate((80, 70, 80)):
        (cards / "english.yaml").write_text(card(mark))
        judged(session, *SAID, f"9-10 agent: {place}.")
    (cards / "english.yaml").write_text(BROKEN)
    restart(cards)
    assert pass_mark(session) == 80


def test_a_broken_file_that_says_another_language_leaves_its_old_one_to_what_judged_before(session, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    before = judged(session)
    (cards / "english.yaml").write_text(BROKEN.replace("language: en", "language: zh"))
    assert active_card(session, "en").version == before


def test_a_mended_file_takes_over(session, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    judged(session)
    (cards / "english.yaml").write_text(BROKEN)
    assert pass_mark(session) == 80
    (cards / "english.yaml").write_text(card(60))
    assert pass_mark(session) == 60
    assert held(session) == ()


def test_a_broken_file_beside_the_shipped_card_leaves_that_judging(session, cards) -> None:
    put_all_in_force(session, machine(NOW))
    (cards / "english.yaml").write_text(BROKEN)
    assert judged(session) == shipped_card("en").version
    restart(cards)
    put_all_in_force(session, machine(NOW))
    assert active_card(session, "en") == shipped_card("en")
    assert held(session)[0].version == shipped_card("en").version


def test_a_service_does_not_start_with_a_broken_card_when_nothing_judged_before(session, cards) -> None:
    (cards / "english.yaml").write_text(BROKEN)
    with pytest.raises(ScorecardInvalid, match=r"english\.yaml:13: items\[0\].rule.say.bye: unknown key"):
        put_all_in_force(session, machine(NOW))


def test_a_second_card_for_a_language_is_told_and_the_first_goes_on(session, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    before = judged(session)
    (cards / "another.yaml").write_text(card(70, id="another"))
    assert active_card(session, "en").version == before
    (one,) = held(session)
    assert (one.file, one.version) == ("another.yaml, english.yaml", before)
    (cards / "english.yaml").unlink()
    assert pass_mark(session) == 70


def test_two_cards_for_one_language_from_the_beginning_start_nothing(session, cards) -> None:
    (cards / "one.yaml").write_text(card(80))
    (cards / "other.yaml").write_text(card(70, id="another"))
    with pytest.raises(TwoForOneLanguage, match=r"one\.yaml, other\.yaml: all are for calls in 'en'"):
        put_all_in_force(session, machine(NOW))


def test_a_broken_draft_beside_a_good_card_changes_nothing(session, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    (cards / "draft.yaml").write_text(BROKEN)
    assert pass_mark(session) == 80
    assert [one.file for one in held(session)] == ["draft.yaml"]


def test_a_file_that_is_taken_away_leaves_its_calls_to_the_shipped_card(session, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    judged(session)
    (cards / "english.yaml").unlink()
    assert judged(session, *SAID, "9-10 agent: Bye.") == shipped_card("en").version


def test_a_file_that_is_being_replaced_is_not_gone(session, cards, monkeypatch) -> None:
    monkeypatch.setattr(folder, "GONE_SECONDS", 3600.0)
    (cards / "english.yaml").write_text(card(80))
    assert pass_mark(session) == 80
    (cards / "english.yaml").unlink()
    assert pass_mark(session) == 80
    (cards / "english.yaml").write_text(card(70))
    assert pass_mark(session) == 70


def test_a_folder_that_cannot_be_read_leaves_every_card_judging(session, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    put_all_in_force(session, machine(NOW))
    before = active_versions(session)
    cards.rename(cards.with_name("elsewhere"))
    assert active_versions(session) == before
    restart_without_its_folder = pytest.raises(FolderUnreadable, match="CALLMARK_SCORECARD_DIR")
    with restart_without_its_folder:
        judge_by(cards)


def test_the_log_names_file_line_and_place_once(session, cards, caplog) -> None:
    (cards / "english.yaml").write_text(card(80))
    judged(session)
    (cards / "english.yaml").write_text(BROKEN)
    with caplog.at_level(logging.ERROR):
        judged(session, *SAID, "9-10 agent: My card number is 4929.")
        judged(session, *SAID, "9-10 agent: Bye.")
    (told,) = [one.getMessage() for one in caplog.records if one.name.startswith("app.scorecards")]
    assert "english.yaml:13: items[0].rule.say.bye: unknown key; did you mean by?" in told
    assert "4929" not in caplog.text


def test_a_card_is_not_read_again_for_every_call(session, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    assert active_card(session, "en") is active_card(session, "en")
    (cards / "english.yaml").write_text(card(80))
    assert active_card(session, "en") is active_card(session, "en")


def test_two_workers_that_meet_a_new_card_note_it_once_and_judge_alike(engine: Engine, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    with db.session(engine) as session:
        put_all_in_force(session, machine(NOW))
        calls = [id_of(scored(session, *SAID, f"9-10 agent: {number}.")[0]) for number in range(6)]
    (cards / "english.yaml").write_text(card(70))

    def judge_again(call: int) -> str:
        with db.session(engine) as session:
            revision = transcripts.current(session, call)
            assert revision is not None
            return evaluate(session, call, revision, machine(NOW)).scorecard_version

    with ThreadPoolExecutor(max_workers=6) as workers:
        versions = set(workers.map(judge_again, calls))
    with db.session(engine, reads_only=True) as session:
        assert versions == {active_card(session, "en").version}
        wanted = select(LedgerEntry).where(LedgerEntry.stream == queries.stream("en"))
        noted = session.exec(wanted.order_by(col(LedgerEntry.sequence))).all()
        stored = session.exec(select(ScorecardVersion).where(ScorecardVersion.scorecard == "own")).all()
    assert [queries.card(session, one.payload["version"]).pass_mark for one in noted] == [80, 70]
    assert len(stored) == 2


def test_two_workers_that_meet_a_card_of_before_again_note_it_once(engine: Engine, cards) -> None:
    for mark in (80, 70):
        (cards / "english.yaml").write_text(card(mark))
        with db.session(engine) as session:
            put_all_in_force(session, machine(NOW))
    (cards / "english.yaml").write_text(card(80))

    def meets_it() -> None:
        with db.session(engine) as session:
            put_all_in_force(session, machine(NOW))

    with ThreadPoolExecutor(1) as beside:
        with db.session(engine) as session:
            put_all_in_force(session, machine(NOW))
            other = beside.submit(meets_it)
            until_it_waits(engine, other)
        other.result()
    with db.session(engine, reads_only=True) as session:
        noted = queries.noted(session, "en")
        assert [queries.card(session, one.payload["version"]).pass_mark for one in noted] == [80, 70, 80]


def test_a_worker_that_gives_up_its_transaction_has_noted_nothing(engine: Engine, cards) -> None:
    (cards / "english.yaml").write_text(card(80))
    with pytest.raises(ZeroDivisionError), db.session(engine) as session:
        scored(session, *SAID)
        raise ZeroDivisionError
    with db.session(engine) as session:
        assert queries.in_force(session, "en") is None
        judged(session)
        assert queries.in_force(session, "en") is not None
