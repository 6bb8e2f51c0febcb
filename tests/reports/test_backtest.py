"""A scorecard is tried on stored calls before it judges anybody: what would change is told, and nothing is written."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session
from typer.testing import CliRunner, Result

from app.cli.commands import app
from app.domain.evidence import Verdict
from app.domain.scorecard import Scorecard
from app.kit import db
from app.kit.db import id_of
from app.ledger.service import Actor, machine
from app.reports import backtest as trials
from app.reports.backtest import NothingToJudge, backtest
from app.reports.comparison import ChangedCall, Flip
from app.reports.queries import Filter
from app.reviews import service as reviews
from app.reviews.models import Review
from app.scorecards.loader import shipped_card
from app.transcription.service import keep_transcript
from tests.cast import Cast, make_cast
from tests.factories import make_call
from tests.stored import GOOD, NOW, received, scored

UNTHANKED = GOOD[:-1]
OTHER_WORDS = (*GOOD[:-1], "21-24 agent: We were glad to hear from you, goodbye.")


def changed_card(card: Scorecard, change: Callable[[dict[str, Any]], None]) -> Scorecard:
    """The same scorecard with one thing changed, as an author would change its file."""
    content = card.model_dump(mode="json")
    change(content)
    return Scorecard.model_validate(content)


def strict_on_thanks(content: dict[str, Any]) -> None:
    """Only the words "thank you ever so much" are thanks."""
    item = next(one for one in content["items"] if one["id"] == "thanks_for_calling")
    content["sets"]["only_these"] = {"phrases": ["thank you ever so much"]}
    item["rule"] = {"say": {"by": "agent", "set": "only_these"}}


@contextmanager
def storing(engine: Engine) -> Iterator[Session]:
    """What is stored here is committed, and no worker hears of it."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()


@pytest.fixture
def card() -> Scorecard:
    return shipped_card("en")


@pytest.fixture
def strict(card: Scorecard) -> Scorecard:
    return changed_card(card, strict_on_thanks)


@pytest.fixture
def cast(engine: Engine) -> Cast:
    with storing(engine) as session:
        return make_cast(session)


def submit(session: Session, cast: Cast, review: Review, **verdicts: Verdict) -> None:
    """Alice passes every item, or decides it as these verdicts say."""
    alice = Actor("Alice", NOW, cast.alice.id)
    for item in [finding.id for finding in reviews.standing(session, review).findings]:
        reviews.decide(
            session,
            id_of(review),
            item,
            verdicts.get(item, Verdict.PASS),
            cast.alice,
            alice,
            reason_code="misheard",
        )
    reviews.submit(session, id_of(review), cast.alice, alice)


def rows(engine: Engine) -> dict[str, Any]:
    """Everything that is stored."""
    with db.session(engine, reads_only=True) as session:
        return {
            table: [tuple(map(str, row)) for row in session.connection().execute(text(f'SELECT * FROM "{table}"'))]
            for table in (
                "call",
                "transcript_revision",
                "evaluation",
                "finding",
                "review",
                "review_verdict",
                "ledger_entry",
            )
        }


def test_the_scorecard_that_judged_changes_nothing_and_writes_nothing(
    engine: Engine, database_url: str, cast: Cast, card: Scorecard
) -> None:
    with storing(engine) as session:
        scored(session, agent="dana")
        submit(session, cast, scored(session, *UNTHANKED, agent="mei")[1])
    before = rows(engine)
    found = backtest(database_url, card, None, Filter())
    assert (found.calls, found.flips, found.changed, found.largest_change) == (2, {}, [], 0)
    assert trials.by_todays_rules(found)
    assert rows(engine) == before


def test_a_verdict_that_changes_is_told_with_its_call_and_its_agent(
    engine: Engine, database_url: str, cast: Cast, strict: Scorecard
) -> None:
    with storing(engine) as session:
        thanked = id_of(scored(session, agent="dana")[0])
        scored(session, *UNTHANKED, agent="mei")
    found = backtest(database_url, strict, None, Filter())
    flip = Flip("thanks_for_calling", Verdict.PASS, Verdict.FAIL)
    assert found.flips == {flip: 1}
    assert found.changed == [ChangedCall(thanked, id_of(cast.dana), "open", "open", (flip,))]


def test_pass_rates_change_by_the_calls_that_are_decided_both_times(
    engine: Engine, database_url: str, cast: Cast
) -> None:
    # With one item each, every call is decided: 3 of 4 pass before, 1 of 4 after.
    lenient = one_item({"phrases": ["goodbye", "that is all"]})
    strict = one_item({"phrases": ["thank you for calling"]})
    with storing(engine) as session:
        scored(session, agent="dana", queue="1")
        scored(session, *OTHER_WORDS, agent="dana", queue="2")
        scored(session, *OTHER_WORDS, agent="mei", queue="3")
        scored(session, *UNTHANKED, agent="kenji", queue="4")
    found = backtest(database_url, strict, lenient, Filter())
    before, after = found.pass_rates
    assert ((before.count, before.n), (after.count, after.n)) == ((3, 4), (1, 4))
    assert (found.change.change, found.change.gained, found.change.lost) == (-0.5, 0, 2)
    assert found.largest_change == 0.5
    dana, mei = found.agents_changed()
    assert (dana.agent_id, dana.before.rate, dana.after.rate) == (cast.dana.id, 1.0, 0.5)
    assert (mei.agent_id, mei.before.rate, mei.after.rate, mei.change.n) == (cast.mei.id, 1.0, 0.0, 1)


def one_item(words: dict[str, Any]) -> Scorecard:
    """A scorecard that asks for these words of the agent alone."""
    example = [{"call": ["0-1 agent: x"]}]
    item = {
        "id": "said",
        "section": "all",
        "title": {"en": "Said"},
        "points": 100,
        "rule": {"say": {"by": "agent", "set": "words"}},
        "guidance": {"en": "Said"},
        "examples": {"passes": example, "fails": example},
    }
    return Scorecard.model_validate(
        {
            "id": "one-item",
            "title": {"en": "One item"},
            "language": "en",
            "pass_mark": 85,
            "sections": [{"id": "all", "title": {"en": "All"}}],
            "sets": {"words": words},
            "items": [item],
        }
    )


def test_fails_are_held_against_the_verdicts_of_people_before_and_after(
    engine: Engine, database_url: str, cast: Cast, strict: Scorecard
) -> None:
    with storing(engine) as session:
        submit(session, cast, scored(session, agent="dana", queue="1")[1])
        submit(session, cast, scored(session, agent="dana", queue="2")[1], thanks_for_calling=Verdict.FAIL)
        _, retracted = scored(session, agent="dana", queue="3")
        submit(session, cast, retracted)
        alice = Actor("Alice", NOW, cast.alice.id)
        reviews.retract(session, id_of(retracted), cast.alice, alice, "by mistake")
    found = backtest(database_url, strict, None, Filter())
    assert (found.calls, found.reviewed) == (3, 2)
    thanks = next(one for one in found.qualities() if one.item == "thanks_for_calling")
    assert thanks.before is not None and thanks.after is not None
    # Before, the machine passed both; now it fails both, and people fail one of them.
    assert (thanks.before.precision.n, thanks.before.recall.count, thanks.before.recall.n) == (0, 0, 1)
    assert (thanks.after.precision.count, thanks.after.precision.n) == (1, 2)
    assert (thanks.after.recall.count, thanks.after.recall.n) == (1, 1)


def test_against_another_scorecard_calls_count_that_were_never_scored(
    engine: Engine, database_url: str, card: Scorecard, strict: Scorecard
) -> None:
    with storing(engine) as session:
        keep_transcript(session, received(session), make_call(*GOOD), "transcript", machine(NOW), attempt=1)
        scored(session)
    stored = backtest(database_url, strict, None, Filter())
    assert (stored.calls, stored.unscored) == (1, 1)
    anew = backtest(database_url, strict, card, Filter())
    assert (anew.calls, anew.unscored, anew.flips.total()) == (2, 0, 2)


def test_a_call_is_judged_as_it_is_heard_now(engine: Engine, database_url: str, card: Scorecard) -> None:
    with storing(engine) as session:
        call, _ = scored(session)
        keep_transcript(session, call, make_call(*UNTHANKED), "person", machine(NOW), attempt=2)
    found = backtest(database_url, card, None, Filter())
    assert found.flips == {Flip("thanks_for_calling", Verdict.PASS, Verdict.FAIL): 1}


def test_only_the_calls_that_were_asked_for_are_judged(
    engine: Engine, database_url: str, cast: Cast, card: Scorecard
) -> None:
    with storing(engine) as session:
        scored(session, agent="dana", queue="loans")
        scored(session, agent="kenji")
        keep_transcript(
            session,
            received(session, "in Chinese"),
            make_call("0-2 agent: 您好。", language="zh"),
            "transcript",
            machine(NOW),
            attempt=1,
        )
        keep_transcript(
            session,
            received(session, "believed to be in English", language="en"),
            make_call("0-2 agent: 您好。", language="zh"),
            "transcript",
            machine(NOW),
            attempt=1,
        )
    day = NOW.date()

    def judged(chosen: Filter) -> int:
        return backtest(database_url, card, card, chosen).calls

    assert judged(Filter()) == 2
    assert backtest(database_url, card, card, Filter()).elsewhere == 1
    assert judged(Filter(team_id=cast.team_b.id)) == 1
    assert judged(Filter(queue="loans")) == 1
    assert judged(Filter(first_day=day)) == 2
    for chosen in (Filter(end_day=day), Filter(queue="mortgages")):
        with pytest.raises(NothingToJudge):
            judged(chosen)


def test_an_item_of_one_scorecard_alone_is_no_flip(engine: Engine, database_url: str, card: Scorecard) -> None:
    with storing(engine) as session:
        scored(session)
    found = backtest(database_url, one_item({"phrases": ["goodbye"]}), card, Filter())
    assert not found.flips
    assert list(found.only_after) == ["said"]
    assert set(found.only_before) == {item.id for item in card.items}


def test_several_processes_find_what_one_finds(
    engine: Engine, database_url: str, card: Scorecard, strict: Scorecard
) -> None:
    with storing(engine) as session:
        for number in range(trials.AT_ONCE + 5):
            lines = GOOD if number % 3 else UNTHANKED
            call = received(session, f"call {number}")
            keep_transcript(session, call, make_call(*lines), "transcript", machine(NOW), attempt=1)
    shares: list[float] = []
    alone = backtest(database_url, strict, card, Filter())
    together = backtest(database_url, strict, card, Filter(), workers=2, progress=shares.append)
    assert together == alone
    assert alone.flips.total() == 20
    assert shares == [25 / 30, 1.0]


@pytest.fixture
def strict_file(card: Scorecard, tmp_path: Path) -> Path:
    content = card.model_dump(mode="json", exclude_defaults=True)
    strict_on_thanks(content)
    # What is JSON is YAML.
    (tmp_path / "strict.yaml").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path / "strict.yaml"


def test_the_command_tells_what_changes_and_fails_when_more_does_than_may(
    engine: Engine, database_url: str, cast: Cast, strict_file: Path
) -> None:
    with storing(engine) as session:
        call, review = scored(session, agent="dana")
        submit(session, cast, review)
    csv = strict_file.with_name("changed.csv")

    def callmark(*words: str) -> Result:
        return CliRunner().invoke(
            app, ["backtest", str(strict_file), *words], env={"CALLMARK_DATABASE_URL": database_url}
        )

    done = callmark("--max-flips", "1", "--csv", str(csv))
    assert done.exit_code == 0, done.stderr
    assert "1 calls judged" in done.stdout
    assert "in 1 reviewed calls" in done.stdout
    header, line = csv.read_text("utf-8-sig").splitlines()
    assert header == "call,agent,before,after,items"
    assert line == f"{call.id},Dana,open,open,thanks_for_calling pass → fail"
    done = callmark("--max-flips", "0", "--max-pass-rate-change", "1")
    assert done.exit_code == 1
    assert "1 verdicts change; 0 may." in done.stderr
    assert "pass rate" not in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("no-such-card",), "no-such-card"),
        (("inbound-en", "--against", "inbound-zh"), "inbound-zh"),
        (("inbound-en", "--team", "nobody"), "no team"),
        (("inbound-en", "--from", "yesterday"), "yesterday"),
        (("inbound-en", "--workers", "0"), "workers"),
    ],
)
def test_what_cannot_be_asked_is_bad_usage(sqlite: Any, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    with sqlite.fresh(tmp_path) as url:
        done = CliRunner().invoke(app, ["backtest", *words], env={"CALLMARK_DATABASE_URL": url})
    assert done.exit_code == 2
    assert told in done.stderr


def test_where_there_is_no_database_none_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    done = CliRunner().invoke(app, ["backtest", "inbound-en"], env={"CALLMARK_DATABASE_URL": url})
    assert done.exit_code == 2
    assert not (tmp_path / "app.db").exists()
