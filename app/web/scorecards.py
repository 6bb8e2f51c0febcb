"""By what calls are judged: the scorecards that judge now, and each of them as a person reads it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_edit_scorecards, may_read_scorecards, may_study_scorecards
from app.accounts.queries import names
from app.domain.scorecard import Scorecard
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.kit.i18n import Translator
from app.reports.queries import Filter
from app.reports.stored_queries import tallied
from app.reports.wording import language_name, number
from app.request import Allow, SessionDep
from app.scorecards import queries
from app.scorecards.active import Active, Held, active_versions, all_active, has_folder, held
from app.scorecards.known import KnownVersion, card_named, short, since, source_of, versions_of
from app.scorecards.loader import shipped_ids
from app.scorecards.spreadsheet import workbook
from app.web.rendering import render, words_for
from app.web.scorecard_items import SectionView, sections
from app.web.times import shown_moment, zone_of

router = APIRouter()

Reader = Annotated[User, Allow(may_read_scorecards)]
Student = Annotated[User, Allow(may_study_scorecards)]
YAML = "application/yaml; charset=utf-8"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class JudgingRow:
    """The card that judges calls in one language."""

    name: str
    title: str
    language: str
    version: str
    origin: str
    since: str
    items: int
    by_rule: int
    pass_mark: str
    calls: int


@dataclass(frozen=True)
class DraftRow:
    """A draft that the reader has begun."""

    name: str
    changed: str


@dataclass(frozen=True)
class ScorecardsPage:
    """The scorecards that judge, one for each language; for leaders also what is wrong and what they are writing."""

    template: ClassVar[str] = "scorecards/list.html"
    rows: tuple[JudgingRow, ...]
    others: tuple[str, ...]
    drafts: tuple[DraftRow, ...]
    held: tuple[Held, ...]
    may_edit: bool
    may_study: bool


@dataclass(frozen=True)
class VersionRow:
    """A version of a scorecard in the list of them."""

    version: str
    hash: str
    at: str
    by: str
    note: str
    origin: str
    judges: bool
    calls: int


@dataclass(frozen=True)
class ScorecardPage:
    """One scorecard, each item as a person reads it, and its versions."""

    template: ClassVar[str] = "scorecards/show.html"
    name: str
    title: str
    language: str
    code: str
    version: str
    hash: str
    judges: bool
    origin: str
    since: str
    note: str
    pass_mark: str
    items: int
    critical: int
    sections: tuple[SectionView, ...]
    versions: tuple[VersionRow, ...]
    may_edit: bool
    may_study: bool
    by_folder: bool
    drafted_by: tuple[str, ...]

    @property
    def judging(self) -> VersionRow | None:
        """The version that judges now, if it is one of this scorecard."""
        return next((one for one in self.versions if one.judges), None)


@router.get("/scorecards")
def list_scorecards(request: Request, session: SessionDep, user: Reader) -> Response:
    return render(request, _list(session, user, words_for(request)))


@router.get("/scorecards/{name}")
def show_scorecard(request: Request, name: str, session: SessionDep, user: Reader) -> Response:
    return render(request, _page(session, user, _readable(session, user, name), words_for(request)))


@router.get("/scorecards/{name}/scorecard.yaml")
def download_yaml(name: str, session: SessionDep, user: Student) -> Response:
    card = card_named(session, name)
    return attachment(source_of(session, card).encode(), f"{card.id}.yaml", YAML)


@router.get("/scorecards/{name}/scorecard.xlsx")
def download_workbook(request: Request, name: str, session: SessionDep, user: Student) -> Response:
    card = card_named(session, name)
    return attachment(workbook(card, words_for(request).language), f"{card.id}.xlsx", WORKBOOK)


def attachment(content: bytes, name: str, media_type: str) -> Response:
    """A file that a browser saves under this name."""
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})


def origin(judging: KnownVersion | None, words: Translator) -> str:
    """Where a version came from, in words."""
    _ = words.gettext
    if judging is not None and judging.file:
        return _("File %(file)s of the folder") % {"file": judging.file}
    if judging is not None and judging.by and not judging.shipped:
        return _("Published by %(name)s") % {"name": judging.by}
    return _("Shipped with Callmark") if judging is None or judging.shipped else ""


def _readable(session: Session, user: User, name: str) -> Scorecard:
    """The card of this name; agents read only what judges."""
    card = card_named(session, name)
    if not may_study_scorecards(user) and card.version not in active_versions(session):
        raise NotFound
    return card


def _list(session: Session, user: User, words: Translator) -> ScorecardsPage:
    judging, zone = all_active(session), zone_of(session, user)
    judged = _judged(session, user)
    rows = tuple(_row(session, code, one, judged, zone, words) for code, one in judging.items())
    shown = {row.name for row in rows}
    leads, studies = may_edit_scorecards(user), may_study_scorecards(user)
    others = sorted({*queries.scorecards_kept(session), *shipped_ids()} - shown) if studies else ()
    drafts = queries.drafts_of(session, id_of(user)) if leads else ()
    return ScorecardsPage(
        rows=rows,
        others=tuple(others),
        drafts=tuple(DraftRow(one.scorecard, shown_moment(one.updated_at, zone)) for one in drafts),
        held=held(session) if leads else (),
        may_edit=leads,
        may_study=studies,
    )


def _row(
    session: Session, code: str, judging: Active, judged: dict[str, int], zone: ZoneInfo, words: Translator
) -> JudgingRow:
    card, taken_up = judging.card, since(session, code, judging)
    known = taken_up if judging.is_published or judging.file else None
    return JudgingRow(
        name=card.id,
        title=card.text(card.title, words.language),
        language=words.gettext(language_name(code)),
        version=short(card.version),
        origin=origin(known, words),
        since=_moment(known.at if known else None, zone),
        items=len(card.items),
        by_rule=sum(item.rule.judges for item in card.items),
        pass_mark=number(card.pass_mark),
        calls=judged.get(card.version, 0),
    )


def _page(session: Session, user: User, card: Scorecard, words: Translator) -> ScorecardPage:
    zone, studies, leads = zone_of(session, user), may_study_scorecards(user), may_edit_scorecards(user)
    known = versions_of(session, card.id)
    judged = _judged(session, user) if studies else {}
    this = next((one for one in known if one.version == card.version), KnownVersion(card.version, card.id))
    people = [one.user_id for one in queries.drafts(session, card.id)] if leads else []
    return ScorecardPage(
        name=card.id,
        title=card.text(card.title, words.language),
        language=words.gettext(language_name(card.language)),
        code=card.language,
        version=short(card.version),
        hash=card.version,
        judges=card.version in active_versions(session),
        origin=origin(this, words),
        since=_moment(this.at, zone),
        note=this.note,
        pass_mark=number(card.pass_mark),
        items=len(card.items),
        critical=sum(item.critical for item in card.items),
        sections=sections(card, words, with_examples=studies),
        versions=tuple(_version(one, judged, zone, words) for one in known) if studies else (),
        may_edit=leads,
        may_study=studies,
        by_folder=has_folder(),
        drafted_by=_names(session, people, user),
    )


def _version(one: KnownVersion, judged: dict[str, int], zone: ZoneInfo, words: Translator) -> VersionRow:
    return VersionRow(
        version=short(one.version),
        hash=one.version,
        at=_moment(one.at, zone),
        by=one.by,
        note=one.note,
        origin=origin(one, words),
        judges=one.judges,
        calls=judged.get(one.version, 0),
    )


def _names(session: Session, user_ids: list[int], reader: User) -> tuple[str, ...]:
    """Who else is writing."""
    return tuple(sorted(names(session, {one for one in user_ids if one != reader.id}).values()))


def _judged(session: Session, user: User) -> dict[str, int]:
    """How many calls of those that the person sees count with each version."""
    sums = tallied(session, user, "machine", ("version",), Filter())
    return {version: one.n + one.uncertain + one.not_applicable for (version,), one in sums.items()}


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return shown_moment(moment, zone) if moment else ""
