"""What was counted before the tallies knew how a call was picked is counted as if they had known."""

from collections import Counter

from alembic import command

from app.kit import db
from app.kit.db import id_of
from app.kit.migrations import alembic_config, upgrade
from app.ledger.service import Actor
from app.reports.recount import recount
from app.reviews import queries as reviews
from app.reviews import service
from app.reviews.offering import Terms, send
from tests.cast import make_cast
from tests.reviews.deciding import confirm_all
from tests.sampling.drawing import unasked
from tests.stored import NOW
from tests.tallies.stored import agent_days


def test_an_older_database_counts_apart_what_people_picked(database_url, engine):
    with db.session(engine) as session:
        alice = make_cast(session).alice
        sent, *others = [unasked(session, str(place), on=Terms(every=place > 0)) for place in range(3)]
        send(session, id_of(sent), Actor("Bob", NOW), 3)
        for call in (sent, *others):
            review = reviews.of_call(session, id_of(call))
            confirm_all(session, review, alice)
            service.submit(session, id_of(review), alice, Actor("Alice", NOW))
        assert recount(session) == ()
        before = _counted(session)
    config = alembic_config(database_url)
    command.downgrade(config, "0010")
    upgrade(database_url)
    with db.session(engine, reads_only=True) as session:
        assert recount(session) == ()
        assert _counted(session) == before == {"": 3, "every": 2, "person": 1}


def _counted(session):
    calls = Counter()
    for group, one in agent_days(session):
        calls[group.design] += one.n + one.uncertain + one.not_applicable
    return {design: n for design, n in calls.items() if n}
