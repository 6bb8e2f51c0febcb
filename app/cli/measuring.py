"""`callmark backtest`, `measure`: what a scorecard would change, and how well the rules judge."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import DataDirOption, database, settings_with

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.domain.scorecard import Scorecard
    from app.reports.comparison import Comparison
    from app.reports.queries import Filter

FromOption = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="First day of the calls, in their team's time zone."),
]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The day after the last.")]
TeamOption = Annotated[str | None, typer.Option(help="Only calls of the team of this name.")]
QueueOption = Annotated[str | None, typer.Option(help="Only calls that came by this queue.")]


def backtest(
    new: Annotated[str, typer.Argument(metavar="ID|PATH", help="The scorecard to try: a shipped one or a YAML file.")],
    against: Annotated[
        str | None,
        typer.Option(metavar="ID|PATH", help="Another scorecard to hold it against; else what is stored of each call."),
    ] = None,
    from_: FromOption = None,
    to: ToOption = None,
    team: TeamOption = None,
    queue: QueueOption = None,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Processes that judge; else one a core.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write every call that changes here.")] = None,
    max_pass_rate_change: Annotated[
        float | None, typer.Option(min=0, help="Exit with 1 when the pass rate moves by more points of a hundred.")
    ] = None,
    max_flips: Annotated[
        int | None, typer.Option(min=0, help="Exit with 1 when more verdicts of items change.")
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """Judge the stored calls by a scorecard and tell what would change; nothing is written."""
    from app.accounts.queries import names
    from app.kit import db
    from app.reports import backtest as trials
    from app.reports.measures import comparison_csv, comparison_tables
    from app.reports.progress import following
    from app.reports.terminal import console

    if csv is not None and not csv.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {csv.parent}", param_hint="--csv")
    card = _card(new, "ID|PATH")
    other = _card(against, "--against") if against is not None else None
    if other is not None and other.language != card.language:
        raise typer.BadParameter(
            f"{other.id} is for calls in {other.language!r}, {card.id} for calls in {card.language!r}",
            param_hint="--against",
        )
    settings = settings_with(data_dir=data_dir)
    engine = database(settings)
    chosen = chosen_calls(engine, from_, to, team, queue)
    with following("backtest") as progress:
        found = trials.backtest(
            settings.database,
            card,
            other,
            chosen,
            workers=workers or os.cpu_count() or 1,
            progress=lambda share: progress("judging", share),
        )
    with db.session(engine, reads_only=True) as session:
        people = names(session, {agent for agent, _, _ in found.agents})
    typer.echo(f"{_named(card)} against {_named(other) if other else 'what is stored'}: {found.calls:,} calls judged")
    for note in _notes(found, trials.by_todays_rules(found)):
        typer.echo(note)
    console().print(comparison_tables(found, people))
    if csv is not None:
        _write(csv, comparison_csv(found.changed, people))
    exceeded = _exceeded(found, max_pass_rate_change, max_flips)
    for gate in exceeded:
        typer.echo(gate, err=True)
    raise typer.Exit(int(bool(exceeded)))


def measure(
    from_: FromOption = None,
    to: ToOption = None,
    team: TeamOption = None,
    queue: QueueOption = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Tell how well each rule judges, against what people decided in submitted reviews."""
    from app.kit import db
    from app.reports.measures import quality_json, quality_tables
    from app.reports.rule_quality import NEWEST, measured
    from app.reports.terminal import console

    engine = database(settings_with(data_dir=data_dir))
    chosen = chosen_calls(engine, from_, to, team, queue)
    with db.session(engine, reads_only=True) as session:
        rules = measured(session, chosen)
    if json_:
        typer.echo(json.dumps({"newest": NEWEST, "rules": quality_json(rules)}, ensure_ascii=False))
        return
    if not rules:
        typer.echo("No submitted review matches; there is nothing to hold the rules against.")
        return
    console().print(quality_tables(rules))
    confirmed, overridden, unaided = (
        sum(getattr(one, name) for one in rules) for name in ("confirmed", "overridden", "unaided")
    )
    typer.echo(
        f"{confirmed + overridden + unaided:,} verdicts of people, in the newest {NEWEST:,} reviewed calls at most: "
        f"{confirmed:,} confirm the verdict that the machine had shown them, {overridden:,} override it, {unaided:,} "
        "had none to go by. Confirming what is shown is not agreeing with it: take the shares for the most they can be."
    )
    typer.echo(
        "Fails right: of the machine's fails, those that people fail too. Fails found: of people's, those that the "
        "machine fails too. Below its gate, a rule's verdicts are shown as advice."
    )
    for name, gate in {one.scorecard: one.gate for one in rules}.items():
        typer.echo(
            f"Gate of {name}: {gate.precision:.0%} right and {gate.recall:.0%} found, each over {gate.n} calls or more."
        )


def _card(name: str, hint: str) -> "Scorecard":
    from app.kit.errors import AppError
    from app.scorecards.loader import scorecard

    try:
        return scorecard(name)
    except AppError as error:
        raise typer.BadParameter(error.message, param_hint=hint) from None


def chosen_calls(
    engine: "Engine", first: datetime | None, end: datetime | None, team: str | None, queue: str | None
) -> "Filter":
    from app.accounts.queries import team_named
    from app.kit import db
    from app.reports.queries import Filter

    team_id = None
    if team is not None:
        with db.session(engine, reads_only=True) as session:
            found = team_named(session, team)
        if found is None:
            raise typer.BadParameter(f"there is no team {team!r}", param_hint="--team")
        team_id = found.id
    return Filter(
        first_day=first.date() if first else None,
        end_day=end.date() if end else None,
        team_id=team_id,
        queue=queue,
    )


def _named(card: "Scorecard") -> str:
    return f"{card.id} {card.version.removeprefix('sha256:')[:8]}"


def _notes(found: "Comparison", by_todays_rules: bool) -> list[str]:
    """What is not compared, and what else may be behind a change."""
    told = []
    if found.unscored:
        told.append(f"{found.unscored:,} calls were never scored and are left out; --against judges them too.")
    if found.elsewhere:
        told.append(f"{found.elsewhere:,} calls were heard in another language and are left out.")
    if found.only_before:
        told.append(f"Judged only before: {', '.join(sorted(found.only_before))}.")
    if found.only_after:
        told.append(f"Judged only now: {', '.join(sorted(found.only_after))}.")
    if not by_todays_rules:
        told.append("Some stored verdicts are by rules of another day; --against judges both by the rules of today.")
    return told


def _exceeded(found: "Comparison", max_change: float | None, max_flips: int | None) -> list[str]:
    told = []
    moved = round(100 * found.largest_change, 6)
    if max_change is not None and moved > max_change:
        told.append(f"The pass rate moves by {moved:.1f} points of a hundred; {max_change:g} are allowed.")
    if max_flips is not None and found.flips.total() > max_flips:
        told.append(f"{found.flips.total():,} verdicts change; {max_flips:,} may.")
    return told


def _write(place: Path, text: str) -> None:
    try:
        place.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        typer.echo(f"{place} could not be written: {error.strerror}.", err=True)
        raise typer.Exit(1) from None
