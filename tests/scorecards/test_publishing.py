"""A person publishes a scorecard, and calls are judged by it from then on, by every process, until another one is."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.scorecard import Scorecard
from app.evaluations import queries as evaluations
from app.kit import db
from app.kit.db import id_of
from app.ledger import queries as ledger
from app.ledger.service import Actor
from app.scorecards import drafts, queries
from app.scorecards.active import active, active_card, active_versions
from app.scorecards.check import check_text
from app.scorecards.drafts import DraftChanged
from app.scorecards.known import card_named, source_of, versions_of
from app.scorecards.loader import shipped_card, understood
from app.scorecards.models import ScorecardDraft
from app.scorecards.publishing import (
    JudgesAlready,
    NotChecked,
    NoteMissing,
    NotPublishable,
    PublishedByFile,
    PublishedMeanwhile,
    publish,
    publish_draft,
    publish_shipped,
)
from tests.cast import Cast, make_cast
from tests.scorecards.own_cards import BROKEN, card, own_cards
from tests.stored import NOW, scored

SAID = ("0-4 agent: Hello, this is Dana.", "5-8 customer: Hi.")
WRONG_EXAMPLE = card().replace("0-4 agent: What?", "0-4 agent: Hello?")


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def bob(cast: Cast) -> Actor:
    return Actor("Bob", NOW, cast.bob.id)


def own(text: str) -> Scorecard:
    return understood("own", text)


def judging(session: Session, language: str = "en") -> str:
    """The version that judges now."""
    return active_card(session, language).version


def judged(session: Session, *said: str) -> str:
    """The version by which a call is judged now."""
    call, _ = scored(session, *(said or SAID))
    found = evaluations.current(session, id_of(call))
    assert found is not None
    return found.scorecard_version


def begun(session: Session, cast: Cast, text: str, *, checked: bool = True) -> ScorecardDraft:
    """Bob's draft with this text."""
    bob = id_of(cast.bob)
    revision = drafts.begin(session, bob, "inbound-en", text, judging(session), NOW)
    if checked:
        drafts.keep_check(session, bob, "inbound-en", revision, check_text("inbound-en", text, 3600))
    draft = queries.draft(session, bob, "inbound-en")
    assert draft is not None
    return draft


def test_a_published_card_judges_the_next_call_and_those_in_other_languages_stay(session, bob) -> None:
    publish(session, own(card(80)), "Stricter greeting", judging(session), bob)
    assert judged(session) == own(card(80)).version
    assert active(session, "en").is_published
    assert active_versions(session)[1:] == (shipped_card("zh").version, shipped_card("ja").version)


def test_the_ledger_tells_who_published_what_why_and_in_whose_place(session, bob) -> None:
    before = judging(session)
    publish(session, own(card(80)), " Stricter greeting ", before, bob)
    last = ledger.last_entry(session, queries.stream("en"))
    assert last is not None
    assert (last.event, last.actor, last.actor_id) == ("scorecard.published", "Bob", bob.user_id)
    assert last.payload == {
        "file": "",
        "scorecard": "own",
        "version": own(card(80)).version,
        "old_scorecard": "inbound-en",
        "old_version": before,
        "shipped": False,
        "note": "Stricter greeting",
    }


def test_an_older_version_is_used_again_by_publishing_it_again(session, bob) -> None:
    for mark in (80, 70, 80):
        publish(session, own(card(mark)), "try", judging(session), bob)
    assert judging(session) == own(card(80)).version
    assert [one.judges for one in versions_of(session, "own")] == [True, False]


def test_the_shipped_card_is_used_again_and_followed(session, bob) -> None:
    publish(session, own(card(80)), "try", judging(session), bob)
    publish_shipped(session, "en", "back", judging(session), bob)
    assert active_card(session, "en") is shipped_card("en")
    assert not active(session, "en").is_published
    with pytest.raises(JudgesAlready):
        publish_shipped(session, "en", "back", judging(session), bob)


def test_what_judges_already_is_not_published_again(session, bob) -> None:
    publish(session, own(card(80)), "try", judging(session), bob)
    with pytest.raises(JudgesAlready):
        publish(session, own(card(80)), "again", judging(session), bob)


def test_nobody_publishes_over_what_somebody_else_published_meanwhile(session, bob) -> None:
    seen = judging(session)
    publish(session, own(card(80)), "first", seen, bob)
    with pytest.raises(PublishedMeanwhile):
        publish(session, own(card(70)), "second", seen, bob)
    assert judging(session) == own(card(80)).version


def test_publishing_needs_a_reason(session, bob) -> None:
    with pytest.raises(NoteMissing):
        publish(session, own(card(80)), "  ", judging(session), bob)


def test_where_a_folder_judges_nothing_is_published(session, bob, tmp_path: Path) -> None:
    with own_cards(tmp_path / "cards") as cards:
        (cards / "english.yaml").write_text(card(60))
        with pytest.raises(PublishedByFile):
            publish(session, own(card(80)), "try", judging(session), bob)
        assert judging(session) == own(card(60)).version


def test_a_folder_comes_before_what_was_published_and_leaves_it_when_it_is_taken_away(
    session, bob, tmp_path: Path
) -> None:
    publish(session, own(card(80)), "try", judging(session), bob)
    with own_cards(tmp_path / "cards") as cards:
        (cards / "english.yaml").write_text(card(60))
        assert judged(session) == own(card(60)).version
    assert judging(session) == own(card(80)).version


def test_a_checked_draft_is_published_with_its_remarks_and_is_used_up(session, cast, bob) -> None:
    text = "# For the card desk.\n" + card(80)
    publish_draft(session, begun(session, cast, text), "try", judging(session), bob)
    assert judging(session) == own(text).version
    assert source_of(session, active_card(session, "en")) == text
    assert queries.draft(session, id_of(cast.bob), "inbound-en") is None


@pytest.mark.parametrize("text", [BROKEN, WRONG_EXAMPLE])
def test_a_draft_with_faults_never_judges(session, cast, bob, text) -> None:
    before = judging(session)
    with pytest.raises(NotPublishable):
        publish_draft(session, begun(session, cast, text), "try", before, bob)
    assert judging(session) == before


def test_a_draft_that_changed_after_its_check_never_judges(session, cast, bob) -> None:
    draft = begun(session, cast, card(80))
    drafts.save(session, draft.user_id, "inbound-en", card(70), draft.revision, NOW)
    with pytest.raises(NotChecked):
        publish_draft(session, draft, "try", judging(session), bob)


def test_a_check_of_what_was_written_before_says_nothing_of_what_is_written_now(session, cast) -> None:
    draft = begun(session, cast, card(80), checked=False)
    old = draft.revision
    drafts.save(session, draft.user_id, "inbound-en", BROKEN, old, NOW)
    drafts.keep_check(session, draft.user_id, "inbound-en", old, ())
    assert drafts.found(draft) is None


def test_two_windows_of_one_person_never_write_over_each_other(session, cast) -> None:
    draft = begun(session, cast, card(80))
    seen = draft.revision
    drafts.save(session, draft.user_id, "inbound-en", card(70), seen, NOW)
    with pytest.raises(DraftChanged):
        drafts.save(session, draft.user_id, "inbound-en", card(60), seen, NOW)
    assert drafts.save(session, draft.user_id, "inbound-en", card(70), seen, NOW) == seen + 1


def test_a_version_is_found_by_its_id_and_by_the_beginning_of_its_hash(session, bob) -> None:
    publish(session, own(card(80)), "try", judging(session), bob)
    version = own(card(80)).version
    assert card_named(session, "own").version == version
    assert card_named(session, version.removeprefix("sha256:")[:12]).version == version
    assert card_named(session, "inbound-en") is shipped_card("en")


def test_the_yaml_of_a_version_that_nobody_wrote_here_reads_back_as_itself(session, bob) -> None:
    publish(session, own(card(80)), "try", judging(session), bob)
    assert own(source_of(session, active_card(session, "en"))).version == own(card(80)).version


def test_another_process_judges_by_it_at_once(engine: Engine, database_url: str) -> None:
    with db.session(engine, reads_only=True) as session:
        assert judging(session) == shipped_card("en").version
    # Another process has published it meanwhile.
    told = f"""
from app.kit import db
from app.ledger.service import Actor
from app.scorecards.active import active_card
from app.scorecards.loader import understood
from app.scorecards.publishing import publish
from tests.scorecards.own_cards import card
from tests.stored import NOW
with db.session(db.make_engine({database_url!r})) as session:
    publish(session, understood("own", card(80)), "try", active_card(session, "en").version, Actor("Bob", NOW))
"""
    subprocess.run([sys.executable, "-c", told], check=True, cwd=Path(__file__).parents[2])
    with db.session(engine, reads_only=True) as session:
        assert judging(session) == own(card(80)).version
