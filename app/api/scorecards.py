"""Scorecards: by what calls are judged, every version of it, and which one judges now."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts.models import Scope, User
from app.accounts.policies import may_edit_scorecards, may_read_scorecards, may_study_scorecards
from app.api.idempotency import OnceItself, content_of
from app.api.parameters import PLAIN, Moment, PageOut, wrong
from app.api.routing import api_router
from app.domain.scorecard import Scorecard
from app.evaluations.preview import thorough_check
from app.kit.errors import NotFound
from app.request import Client, KeyFor, ServicesDep, SessionDep
from app.scorecards import queries
from app.scorecards.active import active_versions, all_active
from app.scorecards.faults import Fault, Weight
from app.scorecards.known import KnownVersion, card_named, source_of, version_named, versions_of
from app.scorecards.loader import LARGEST_BYTES, shipped_ids, understood
from app.scorecards.publishing import LONGEST_NOTE, NotPublishable, publish
from app.settings import Settings

router = api_router("/scorecards", ["scorecards"])

Reader = Annotated[Client, KeyFor(may_read_scorecards, Scope.SCORES_READ)]
Student = Annotated[Client, KeyFor(may_study_scorecards, Scope.SCORES_READ)]
Editor = Annotated[Client, KeyFor(may_edit_scorecards, Scope.SCORES_WRITE)]
Name = Annotated[
    str, Path(min_length=1, max_length=200, pattern=PLAIN, description="Id of the scorecard.", examples=["inbound-zh"])
]
Version = Annotated[
    str,
    Path(max_length=100, pattern=PLAIN, description="Its hash, or how that begins.", examples=["sha256:9f86d081884c"]),
]
YAML = "application/yaml"
YAML_TOO: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {YAML: {"schema": {"type": "string"}}},
        "description": f"JSON; the YAML as it was written with `Accept: {YAML}`.",
    }
}


class CardItemOut(BaseModel):
    """One item of a scorecard."""

    id: str = Field(description="Its id in the scorecard.", examples=["standard_greeting"])
    title: dict[str, str] = Field(description="What it is called, by language.", examples=[{"en": "Greets"}])
    max_points: float = Field(description="Points of 100.", examples=[10.0])
    critical: bool = Field(description="Whether failing it fails the call.", examples=[False])
    by_rule: bool = Field(description="Whether a rule judges it; else people alone.", examples=[True])


class CardOut(BaseModel):
    """A scorecard as it is in one version."""

    id: str = Field(description="Id of the scorecard.", examples=["inbound-zh"])
    version: str = Field(description="SHA-256 of its content.", examples=["sha256:9f86d081…"])
    language: str = Field(description="Language of the calls it is for.", examples=["zh"])
    title: dict[str, str] = Field(description="What it is called, by language.", examples=[{"en": "Inbound calls"}])
    pass_mark: float = Field(description="Score from which a call passes, points of 100.", examples=[85])
    judges: bool = Field(description="Whether calls are judged by this version now.", examples=[True])
    items: list[CardItemOut] = Field(description="Its items, in its order.")


class CardDetailOut(CardOut):
    """A scorecard with all that it says."""

    content: dict[str, Any] | None = Field(
        description="All of it, word sets, rules and examples too; null for agents.", examples=[{"id": "inbound-zh"}]
    )


class CardVersionOut(BaseModel):
    """A version of a scorecard."""

    scorecard: str = Field(description="Id of the scorecard.", examples=["inbound-zh"])
    version: str = Field(description="SHA-256 of its content.", examples=["sha256:9f86d081…"])
    at: Moment | None = Field(
        description="Since when it is known here (RFC 3339); null: it never judged.", examples=["2026-10-01T02:03:00Z"]
    )
    by: str = Field(description="Who took it up; empty when nobody did.", examples=["Bob"])
    note: str = Field(description="Why, in their words.", examples=["The new greeting"])
    file: str = Field(description="Its file in the folder of scorecards; empty: none.", examples=[""])
    shipped: bool = Field(description="Whether it came with Callmark.", examples=[False])
    judges: bool = Field(description="Whether calls are judged by it now.", examples=[True])


class ScorecardIn(BaseModel):
    """A scorecard as it is written."""

    yaml: str = Field(max_length=LARGEST_BYTES, description="The YAML.", examples=["id: inbound-zh\n…"])


class CardFaultOut(BaseModel):
    """Something in a scorecard that is wrong, or that its author should look at."""

    line: int = Field(description="On which line, counted from 1.", examples=[12])
    place: str = Field(description="In which field.", examples=["items.greeting.rule"])
    message: str = Field(description="What it is.", examples=["there is no set 'hello'"])
    keeps_from_judging: bool = Field(description="Whether it must be mended before the card judges.", examples=[True])


class CheckOut(BaseModel):
    """What a thorough check found."""

    faults: list[CardFaultOut] = Field(description="All that was found, by line; empty: nothing.")


class PublishIn(BaseModel):
    """A scorecard that is to judge from now on, and what it takes the place of."""

    yaml: str | None = Field(
        None,
        max_length=LARGEST_BYTES,
        description="The scorecard as YAML; without it, the version that `version` names.",
        examples=["id: inbound-zh\n…"],
    )
    version: str | None = Field(
        None, max_length=100, pattern=PLAIN, description="A version that is known here.", examples=["sha256:9f86d081"]
    )
    replaces: str = Field(
        max_length=100, pattern=PLAIN, description="The version that judges now.", examples=["sha256:60303ae2…"]
    )
    note: str = Field(
        min_length=1, max_length=LONGEST_NOTE, pattern=PLAIN, description="Why.", examples=["The new greeting"]
    )


@router.get("")
def list_scorecards(
    client: Reader,
    session: SessionDep,
    all_: Annotated[
        bool, Query(alias="all", description="Those that do not judge at present too (staff).", examples=[False])
    ] = False,
) -> PageOut[CardOut]:
    """The scorecards that judge now, one for each language; with `all`, every one that is known."""
    judging = [one.card for one in all_active(session).values()]
    cards = list(judging)
    if all_ and may_study_scorecards(client.user):
        names = {*queries.scorecards_kept(session), *shipped_ids()} - {card.id for card in judging}
        cards += [card_named(session, name) for name in sorted(names)]
    versions = active_versions(session)
    shown = [CardOut(**_facts(card, versions)) for card in cards]
    return PageOut(items=shown, next_cursor=None, total=len(shown))


@router.get("/{name}", response_model=CardDetailOut, responses={**YAML_TOO})
def get_scorecard(name: Name, client: Reader, session: SessionDep, request: Request) -> CardDetailOut | Response:
    """A scorecard, in the version that judges or else the newest; as JSON or as YAML."""
    return _answer(session, client.user, _readable(session, client.user, card_named(session, name)), request)


@router.get("/{name}/versions")
def list_scorecard_versions(name: Name, client: Student, session: SessionDep) -> PageOut[CardVersionOut]:
    """All versions of a scorecard, the one that was taken up last first."""
    card_named(session, name)
    found = [_version(one) for one in versions_of(session, name)]
    return PageOut(items=found, next_cursor=None, total=len(found))


@router.get("/{name}/versions/{version}", response_model=CardDetailOut, responses={**YAML_TOO})
def get_scorecard_version(
    name: Name, version: Version, client: Student, session: SessionDep, request: Request
) -> CardDetailOut | Response:
    """A version of a scorecard, which never changes; as JSON or as YAML."""
    card = version_named(session, version)
    if card.id != name:
        raise NotFound
    return _answer(session, client.user, card, request)


@router.post("/check")
def check_scorecard(given: ScorecardIn, client: Editor, session: SessionDep, shared: ServicesDep) -> CheckOut:
    """Check a scorecard thoroughly, with all its examples; nothing is kept. It may take a minute."""
    session.commit()
    return CheckOut(faults=[CardFaultOut(**_fault(one)) for one in _faults(given.yaml, shared.settings)])


@router.post("/{name}/publish")
def publish_scorecard(
    name: Name,
    given: PublishIn,
    client: Editor,
    session: SessionDep,
    shared: ServicesDep,
    once: OnceItself,
    sent: Annotated[str, Depends(content_of)],
) -> CardDetailOut:
    """Let a scorecard judge calls in its language from now on; one that is new is checked thoroughly before.

    `replaces` names the version that judges now: if somebody published another one meanwhile, nothing is changed. Where
    the files of a folder judge, put the YAML into that folder instead (409).
    """
    once.claim(sent)
    if given.yaml is not None:
        # Nothing waits inside a transaction.
        session.commit()
        _check(given.yaml, shared.settings)
        once.claim(sent)
    card = _to_publish(session, name, given)
    publish(session, card, given.note, given.replaces, client.actor, source=given.yaml)
    return _detail(session, client.user, card)


def _check(yaml: str, settings: Settings) -> None:
    """Refuse what is no scorecard, or whose examples are judged otherwise than they say."""
    found = [one for one in _faults(yaml, settings) if one.weight == Weight.FAULT]
    if found:
        told = [{"field": f"yaml, line {one.line}", "message": f"{one.place} {one.words}".strip()} for one in found]
        raise NotPublishable(errors=told)


def _faults(yaml: str, settings: Settings) -> tuple[Fault, ...]:
    return thorough_check("scorecard.yaml", yaml, settings.max_hours * 3600)


def _fault(one: Fault) -> dict[str, Any]:
    return {
        "line": one.line,
        "place": one.place,
        "message": one.words,
        "keeps_from_judging": one.weight == Weight.FAULT,
    }


def _to_publish(session: Session, name: str, given: PublishIn) -> Scorecard:
    """The scorecard that is meant, which must be the one of the address."""
    if (given.yaml is None) == (given.version is None):
        raise wrong("version", "give either `version` or `yaml`", "body")
    card = understood(name, given.yaml) if given.yaml is not None else version_named(session, given.version or "")
    if card.id != name:
        raise wrong("yaml" if given.yaml is not None else "version", f"is not one of {name!r}", "body")
    return card


def _readable(session: Session, user: User, card: Scorecard) -> Scorecard:
    """The card; agents read only what judges."""
    if not may_study_scorecards(user) and card.version not in active_versions(session):
        raise NotFound
    return card


def _answer(session: Session, user: User, card: Scorecard, request: Request) -> CardDetailOut | Response:
    if YAML not in request.headers.get("accept", "").lower() or not may_study_scorecards(user):
        return _detail(session, user, card)
    return Response(source_of(session, card).encode(), media_type=f"{YAML}; charset=utf-8")


def _detail(session: Session, user: User, card: Scorecard) -> CardDetailOut:
    content = card.model_dump(mode="json") if may_study_scorecards(user) else None
    return CardDetailOut(**_facts(card, active_versions(session)), content=content)


def _facts(card: Scorecard, judging: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": card.id,
        "version": card.version,
        "language": card.language,
        "title": dict(card.title),
        "pass_mark": card.pass_mark,
        "judges": card.version in judging,
        "items": [
            CardItemOut(
                id=item.id,
                title=dict(item.title),
                max_points=item.points,
                critical=item.critical,
                by_rule=item.rule.judges,
            )
            for item in card.items
        ],
    }


def _version(one: KnownVersion) -> CardVersionOut:
    return CardVersionOut(
        scorecard=one.scorecard,
        version=one.version,
        at=one.at,
        by=one.by,
        note=one.note,
        file=one.file,
        shipped=one.shipped,
        judges=one.judges,
    )
