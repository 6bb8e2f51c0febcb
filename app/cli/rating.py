"""`callmark rates`: the pass rates, now or as they stood at any moment."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import available_timezones

import typer

from app.cli.measuring import FromOption, QueueOption, TeamOption, ToOption, chosen_calls
from app.cli.options import DataDirOption, database, settings_with

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.reports.pass_rates import Measured
    from app.reports.rates import Group

BY = ("day", "week", "month", "team", "agent", "queue", "scorecard", "version", "item")
VERDICTS = {"met": "met", "not_met": "not met", "too_few_to_say": "too few to say"}
TimeField = Literal["call", "submitted", "released"]


def rates(
    source: Annotated[Literal["final", "machine"], typer.Option(help="Judged by people, or by the machine.")] = "final",
    unit: Annotated[
        Literal["call", "agent"], typer.Option(help="Calls that pass, or agents whose mean score reaches the mark.")
    ] = "call",
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="|".join(BY), help="Break down by this; repeat it for several."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="Count what counted then (RFC 3339), not what counts now.")
    ] = None,
    time_field: Annotated[
        TimeField, typer.Option(help="Whose days count: of calls, of their submission, of the release to the agent.")
    ] = "call",
    tz: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Where days begin; else where the call's team is, of releases in UTC."),
    ] = None,
    from_: FromOption = None,
    to: ToOption = None,
    team: TeamOption = None,
    agent: Annotated[str | None, typer.Option(help="Only calls of the agent of this user name.")] = None,
    queue: QueueOption = None,
    scorecard: Annotated[str | None, typer.Option(help="Only calls judged by the scorecard of this id.")] = None,
    version: Annotated[str | None, typer.Option(help="Only calls judged by this version, sha256:….")] = None,
    item: Annotated[str | None, typer.Option(help="Not the calls, but this item of theirs.")] = None,
    design: Annotated[
        Literal["every", "sample", "risk", "person"] | None,
        typer.Option(help="Only calls that came to be reviewed so; risk and person are in no rate else."),
    ] = None,
    reviewer: Annotated[str | None, typer.Option(help="Only calls that the person of this user name reviewed.")] = None,
    target: Annotated[
        float | None, typer.Option(min=0, max=1, help="What is to be reached, 0-1; else the target that is set.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Tell the pass rates; as of a moment they are the very figures that were told then."""
    from dataclasses import replace

    from app.accounts.models import Role, User
    from app.kit import clock, db
    from app.reports.pass_rates import Asked, exact_path, measured
    from app.reports.rate_groups import GroupBy

    by_item = item is not None or "item" in (by or ())
    _check(by or (), unit, by_item, tz)
    if source == "machine" and (reviewer or time_field == "released"):
        raise typer.BadParameter("a machine has no reviewer and releases nothing: ask for final", param_hint="--source")
    if as_of is not None and (reviewer or time_field == "released"):
        raise typer.BadParameter(
            "who reviewed and when it was released is known of now alone: leave one of them out", param_hint="--as-of"
        )
    engine = database(settings_with(data_dir=data_dir))
    chosen = replace(
        chosen_calls(engine, from_, to, team, queue),
        as_of=_moment(as_of, clock.now()),
        time_field="submitted" if time_field == "submitted" else "call",
        scorecard=scorecard,
        version=version,
        item=item,
        design=design,
    )
    # Whoever may run commands beside the database sees all of it.
    everybody = User(username="", name="", role=Role.ADMIN, created_at=clock.now())
    with db.session(engine, reads_only=True) as session:
        chosen = replace(chosen, agent_id=_person(session, agent, "--agent"))
        person = _person(session, reviewer, "--reviewer")
        exact = exact_path(session, everybody, chosen, tz, person, time_field == "released")
        question = Asked(source, unit, tuple(GroupBy(one) for one in by or ()), chosen, exact, target)
        found = measured(session, everybody, question, None, clock.now())
    groups = [*found.rates.groups, found.rates.total] if by else [found.rates.total]
    rows = [_row(one, found, by_item) for one in groups]
    if json_:
        told = {"source": source, "as_of": chosen.as_of.isoformat() if chosen.as_of else None}
        how = {"unit": unit, "time_field": time_field, "path": "exact" if exact or chosen.as_of else "fast"}
        typer.echo(json.dumps({**told, **how, "rates": rows}, ensure_ascii=False))
        return
    for one, row in zip(groups, rows, strict=True):
        typer.echo(_line(one, row))


def _check(by: Sequence[str], unit: str, by_item: bool, tz: str | None) -> None:
    unknown = [one for one in by if one not in BY]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(BY)}", param_hint="--by")
    if unit == "agent" and by_item:
        raise typer.BadParameter("items have no mean score: ask for calls", param_hint="--unit")
    if tz is not None and tz not in available_timezones():
        raise typer.BadParameter("give a zone such as Asia/Shanghai", param_hint="--tz")


def _person(session: "Session", username: str | None, hint: str) -> int | None:
    from app.accounts.queries import user_named

    found = user_named(session, username) if username is not None else None
    if username is not None and found is None:
        raise typer.BadParameter(f"there is no {username!r}", param_hint=hint)
    return found.id if found else None


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


def _row(one: "Group", found: "Measured", by_item: bool) -> dict[str, Any]:
    # What is set is meant for calls; an item has only a target that was given here.
    rate, target = one.rate, found.goal.given if by_item else found.goal.of(one)
    row: dict[str, Any] = {
        **one.key,
        "n": rate.n,
        "passed": rate.count,
        "rate": rate.rate,
        "ci_low": rate.ci_low,
        "ci_high": rate.ci_high,
        "target": target,
        "verdict": rate.verdict_against(target).value if target is not None else None,
        "uncertain": one.uncertain,
        "not_applicable": one.not_applicable,
    }
    if by_item:
        return row
    row |= {"critical": one.critical, "mean_score": one.mean_score}
    if one.calls is not None:
        row["calls"] = one.calls
    corrected = found.corrected(one)
    if corrected is not None:
        verdict = corrected.verdict_against(target).value if target is not None else None
        ends = {"rate": corrected.rate, "ci_low": corrected.ci_low, "ci_high": corrected.ci_high}
        row["corrected"] = {**ends, "verdict": verdict}
    return row


def _line(one: "Group", row: dict[str, Any]) -> str:
    name = " ".join(value or "–" for value in one.key.values()) or "All"
    rate = one.rate
    if rate.rate is None or rate.ci_low is None or rate.ci_high is None:
        return f"{name}: nothing counted, {one.uncertain:,} open"
    passed = f"{rate.count:,} of {rate.n:,} " + ("passed" if one.calls is None else "agents reach the mark")
    critical = f", {row['critical']:,} failed a critical item" if "critical" in row else ""
    score = f", mean score {row['mean_score']:g}" if row.get("mean_score") is not None else ""
    # Of the machine's rate the one without its error is held against the target.
    corrected = row.get("corrected")
    verdict = (corrected or row)["verdict"]
    aim = "" if verdict is None else f", target {row['target']:.1%}: {VERDICTS[verdict]}"
    return (
        f"{name}: {rate.rate:.1%} ({rate.ci_low:.1%} to {rate.ci_high:.1%}), {passed}, {one.uncertain:,} open"
        f"{critical}{score}{_without_error(corrected)}{aim}"
    )


def _without_error(corrected: dict[str, Any] | None) -> str:
    if corrected is None:
        return ""
    if corrected["rate"] is None:
        return ", the machine's error is not known"
    return (
        f", without the machine's error {corrected['rate']:.1%} "
        f"({corrected['ci_low']:.1%} to {corrected['ci_high']:.1%})"
    )
