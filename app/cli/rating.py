"""`callmark rates`: the pass rates, now or as they stood at any moment."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from app.cli.measuring import FromOption, QueueOption, TeamOption, ToOption, chosen_calls, database
from app.cli.options import DataDirOption, settings_with

if TYPE_CHECKING:
    from app.reports.rates import Group

BY = ("day", "week", "month", "team", "agent", "queue", "scorecard", "version")


def rates(
    source: Annotated[Literal["final", "machine"], typer.Option(help="Judged by people, or by the machine.")] = "final",
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="|".join(BY), help="Break down by this; repeat it for several."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="Count what counted then (RFC 3339), not what counts now.")
    ] = None,
    from_: FromOption = None,
    to: ToOption = None,
    team: TeamOption = None,
    queue: QueueOption = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Tell the pass rates; as of a moment they are the very figures that were told then."""
    from dataclasses import replace

    from app.accounts.models import Role, User
    from app.kit import clock, db
    from app.reports.rates import GroupBy, pass_rates

    unknown = [one for one in by or () if one not in BY]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(BY)}", param_hint="--by")
    engine = database(settings_with(data_dir=data_dir))
    chosen = replace(chosen_calls(engine, from_, to, team, queue), as_of=_moment(as_of, clock.now()))
    # Whoever may run commands beside the database sees all of it.
    everybody = User(username="", name="", role=Role.ADMIN, created_at=clock.now())
    with db.session(engine, reads_only=True) as session:
        found = pass_rates(session, everybody, source, [GroupBy(one) for one in by or ()], chosen)
    rows = [*found.groups, found.total] if by else [found.total]
    if json_:
        told = {"source": source, "as_of": chosen.as_of.isoformat() if chosen.as_of else None}
        typer.echo(json.dumps({**told, "rates": [_row(one) for one in rows]}, ensure_ascii=False))
        return
    for one in rows:
        typer.echo(_line(one))


def _moment(given: str | None, now: datetime) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter("give a time with its offset, such as 2026-11-01T00:00:00+08:00", param_hint="--as-of")
    if moment > now:
        raise typer.BadParameter("this moment lies in the future", param_hint="--as-of")
    return moment.astimezone(UTC)


def _row(one: "Group") -> dict[str, Any]:
    rate = one.rate
    return {
        **one.key,
        "n": rate.n,
        "passed": rate.count,
        "rate": rate.rate,
        "ci_low": rate.ci_low,
        "ci_high": rate.ci_high,
        "uncertain": one.uncertain,
        "not_applicable": one.not_applicable,
        "critical": one.critical,
        "mean_score": one.mean_score,
    }


def _line(one: "Group") -> str:
    name = " ".join(value or "–" for value in one.key.values()) or "All"
    rate = one.rate
    if rate.rate is None or rate.ci_low is None or rate.ci_high is None:
        return f"{name}: nothing counted, {one.uncertain:,} open"
    score = "" if one.mean_score is None else f", mean score {one.mean_score:g}"
    return (
        f"{name}: {rate.rate:.1%} ({rate.ci_low:.1%} to {rate.ci_high:.1%}), {rate.count:,} of {rate.n:,} passed, "
        f"{one.uncertain:,} open, {one.critical:,} failed a critical item{score}"
    )
