"""`callmark rates`: who works beside the database asks what programs ask over REST, and gets the same figures."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session
from typer.testing import CliRunner, Result

from app.cli.commands import app
from app.domain.evidence import Verdict
from app.kit import db
from app.kit.db import id_of
from app.kit.migrations import upgrade
from app.ledger.service import Actor
from app.reviews import releasing, service
from app.reviews.models import Review
from app.reviews.offering import Terms
from app.settings import Settings
from app.targets.models import SetTarget
from tests.cast import Cast, make_cast
from tests.graded import THANKFUL, judged_for_thanks
from tests.stored import NOW, scored

# In Shanghai, where Dana's team is, it is the next day already.
EVENING = datetime(2026, 10, 1, 20, tzinfo=UTC)


def reviewed(session: Session, cast: Cast, verdict: Verdict, **facts: Any) -> Review:
    """A call that Alice reviewed, every item so."""
    _, review = scored(session, started_at=EVENING, **facts)
    alice = Actor("Alice", NOW, cast.alice.id)
    for finding in service.standing(session, review).findings:
        service.decide(session, id_of(review), finding.id, verdict, cast.alice, alice, reason_code="misheard")
    service.submit(session, id_of(review), cast.alice, alice)
    return review


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with three reviewed calls of Dana's, of which one failed and one is released, and one of Kenji's."""
    place = tmp_path_factory.mktemp("data")
    database = Settings(data_dir=place).database
    upgrade(database)
    with db.session(db.make_engine(database)) as session:
        cast = make_cast(session)
        first, *_ = (
            reviewed(session, cast, verdict, agent="dana", queue="cards", external_id=name)
            for name, verdict in (("a", Verdict.PASS), ("b", Verdict.PASS), ("c", Verdict.FAIL))
        )
        reviewed(session, cast, Verdict.PASS, agent="kenji")
        late = Actor("Bob", datetime(2026, 10, 20, 20, tzinfo=UTC), cast.bob.id)
        releasing.release(session, id_of(first), late, Terms())
        aim: dict[str, Any] = {"indicator": "monitoring_pass_rate", "holds_from": date(2026, 1, 1), "set_at": NOW}
        session.add_all([SetTarget(value=0.9, team_id=cast.team_a.id, **aim), SetTarget(value=0.1, **aim)])
    return place


def run(folder: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["rates", *map(str, words), "--data-dir", str(folder)])


def told(folder: Path, *words: object) -> Any:
    done = run(folder, "--json", *words)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def days(folder: Path, *words: object) -> list[tuple[str, int]]:
    return [(one["day"], one["n"]) for one in told(folder, "--by", "day", *words)["rates"] if "day" in one]


def whole(folder: Path, *words: object) -> Any:
    return told(folder, *words)["rates"][-1]


def test_days_begin_where_the_teams_are_or_where_one_says(folder: Path) -> None:
    assert days(folder) == [("2026-10-01", 1), ("2026-10-02", 3)]
    assert days(folder, "--tz", "America/New_York") == [("2026-10-01", 4)]
    assert days(folder, "--tz", "America/New_York", "--from", "2026-10-02") == []
    assert (told(folder)["path"], told(folder, "--tz", "America/New_York")["path"]) == ("fast", "exact")
    assert told(folder, "--team", "Team A", "--tz", "Asia/Shanghai")["path"] == "fast"


def test_calls_are_counted_by_the_day_of_their_submission_or_release(folder: Path) -> None:
    assert days(folder, "--time-field", "submitted") == [(NOW.date().isoformat(), 4)]
    assert days(folder, "--time-field", "released") == [("2026-10-20", 1)]
    assert days(folder, "--time-field", "released", "--tz", "Asia/Shanghai") == [("2026-10-21", 1)]


@pytest.mark.parametrize(
    ("option", "value", "n"),
    [
        ("--team", "team b", 1),
        ("--agent", "dana", 3),
        ("--queue", "cards", 3),
        ("--scorecard", "inbound-en", 4),
        ("--scorecard", "inbound-zh", 0),
        ("--version", "sha256:0", 0),
        ("--design", "every", 4),
        ("--design", "risk", 0),
        ("--reviewer", "alice", 4),
        ("--reviewer", "bob", 0),
    ],
)
def test_calls_are_chosen(folder: Path, option: str, value: str, n: int) -> None:
    assert whole(folder, option, value)["n"] == n


def test_agents_are_counted_by_whether_their_mean_reaches_the_mark(folder: Path) -> None:
    found = whole(folder, "--unit", "agent")
    assert (found["n"], found["passed"], found["calls"]) == (2, 1, 4)
    assert "1 of 2 agents reach the mark" in run(folder, "--unit", "agent").output


def test_items_are_told_without_what_calls_alone_have(folder: Path) -> None:
    by_item = {one.get("item"): one for one in told(folder, "--by", "item")["rates"]}
    alone = whole(folder, "--item", "closing_question")
    assert (alone["n"], alone["passed"]) == (4, 3) == (by_item["closing_question"]["n"], 3)
    assert not {"mean_score", "critical"} & alone.keys()
    assert alone["target"] is None, "what is set is meant for calls"
    assert whole(folder, "--item", "closing_question", "--target", "0.1")["verdict"] == "met"


def test_the_target_that_is_set_is_told_with_its_verdict_unless_one_is_given(folder: Path) -> None:
    rates = told(folder, "--by", "team", "--to", "2026-11-01")["rates"]
    assert [(one["target"], one["verdict"]) for one in rates] == [
        (0.9, "too_few_to_say"),
        (0.1, "met"),
        (0.1, "met"),
    ]
    assert whole(folder, "--team", "Team A", "--to", "2026-11-01")["target"] == 0.9
    assert run(folder, "--target", "0.5").output.endswith("target 50.0%: too few to say\n")


def test_the_machines_own_rate_meets_no_target_while_its_error_is_not_known(tmp_path: Path) -> None:
    database = Settings(data_dir=tmp_path).database
    upgrade(database)
    with db.session(db.make_engine(database)) as session:
        alice = make_cast(session).alice
        for number in range(40):
            judged_for_thanks(session, alice, THANKFUL, agent="dana", external_id=str(number))
    found = whole(tmp_path, "--source", "machine", "--target", "0.5")
    assert (found["rate"], found["verdict"]) == (1, "met")
    assert (found["corrected"]["rate"], found["corrected"]["verdict"]) == (None, "too_few_to_say")
    output = run(tmp_path, "--source", "machine", "--target", "0.5").output
    assert output.endswith(", the machine's error is not known, target 50.0%: too few to say\n")


@pytest.mark.parametrize(
    "words",
    [
        ("--unit", "agent", "--item", "closing_question"),
        ("--unit", "agent", "--by", "item"),
        ("--source", "machine", "--reviewer", "alice"),
        ("--source", "machine", "--time-field", "released"),
        ("--as-of", "2026-10-20T00:00:00Z", "--time-field", "released"),
        ("--as-of", "2026-10-20T00:00:00Z", "--reviewer", "alice"),
        ("--tz", "Mars"),
        ("--target", "95"),
        ("--reviewer", "nobody"),
        ("--agent", "nobody"),
        ("--design", "luck"),
    ],
)
def test_what_cannot_be_told_is_refused_by_its_option(folder: Path, words: tuple[str, ...]) -> None:
    done = run(folder, *words)
    assert done.exit_code == 2
    assert any(one in done.output for one in words if one.startswith("--"))
