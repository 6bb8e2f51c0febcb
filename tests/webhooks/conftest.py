"""A site with its cast, on each kind of database, whose webhooks reach a receiver in this process."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.kit import clock
from app.ledger.service import Actor
from app.reviews import service as reviews
from app.reviews.offering import Terms
from app.webhooks import delivering, queries, service
from app.webhooks.addresses import Rules
from app.webhooks.delivering import Post
from app.webhooks.door import Door
from app.webhooks.events import Event
from app.webhooks.keeping import Keeper
from app.webhooks.models import WebhookDelivery
from app.webhooks.service import Wanted
from tests.cast import Cast, make_cast
from tests.reviews.deciding import confirm_all
from tests.stored import GOOD, scored
from tests.webhooks.receiver import receiver

HERE = Rules(http=True, private=True)
SITE = "https://qa.example.org"


@dataclass
class Site:
    """A cast, what they do, and the sweep of a worker at a moment that the test says."""

    engine: Engine
    cast: Cast
    keeper: Keeper
    now: datetime = field(default_factory=clock.now)
    on: Terms = Terms()  # noqa: RUF009 (it is frozen)

    @contextmanager
    def doing(self):
        """One transaction that is kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    def actor(self, user) -> Actor:
        return Actor(user.name, self.now, user.id)

    def subscribe(self, url: str, *events: Event):
        """Ada tells another system of these events, or of all."""
        with self.doing() as session:
            wanted = Wanted(url, events or tuple(Event), "ERP")
            return service.add(session, wanted, self.keeper, self.cast.ada, self.actor(self.cast.ada))

    def score(self, *lines, **facts):
        """A call of Dana's that was scored, and its review."""
        with self.doing() as session:
            return scored(session, *(lines or GOOD), **{"agent": "dana", "team": "Team A", **facts})

    def submit(self, review, terms: Terms = Terms(release_hours=0), by=None, **others):  # noqa: B008
        """Alice decides every item and submits."""
        by = by or self.cast.alice
        with self.doing() as session:
            review = session.merge(review, load=True)
            session.refresh(review)
            confirm_all(session, review, by, **others)
            return reviews.submit(session, review.id, by, self.actor(by), terms)

    def post(self, rules: Rules = HERE) -> Post:
        return Post(self.engine, Door(rules), self.keeper, SITE, lambda: self.now, self.on)

    def sweep(self, after: timedelta = timedelta(), rules: Rules = HERE) -> None:
        """What a worker does, so long after it did it last."""
        self.now += after
        delivering.sweep(self.post(rules))

    def deliveries(self) -> list[WebhookDelivery]:
        with Session(self.engine) as session:
            return list(session.exec(select(WebhookDelivery).order_by(WebhookDelivery.id)))

    def webhook(self, webhook_id):
        with Session(self.engine, expire_on_commit=False) as session:
            return queries.webhook(session, webhook_id)


@pytest.fixture
def site(engine, tmp_path):
    with Session(engine, expire_on_commit=False) as session:
        cast = make_cast(session)
        session.commit()
    return Site(engine, cast, Keeper(tmp_path / "webhooks.key"))


@pytest.fixture
def other():
    """Another system."""
    with receiver() as listening:
        yield listening


def said(came):
    """What came, as JSON."""
    return json.loads(came.body)
