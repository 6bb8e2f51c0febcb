"""All commands by their names."""

from typing import Annotated

import typer

from app.cli.accounts import key, user
from app.cli.auditing import audit
from app.cli.backing_up import backup, restore
from app.cli.contacts import contacts
from app.cli.demo import demo
from app.cli.measuring import backtest, measure
from app.cli.rating import rates
from app.cli.redacting import redact
from app.cli.retaining import retention
from app.cli.scorecards import check_scorecards, diff, export_scorecard, import_scorecard
from app.cli.scoring import score
from app.cli.serving import migrate, recount, serve, worker
from app.cli.taking_in import import_, watch

app = typer.Typer(
    name="callmark",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Quality assurance for call centres: recordings in, verdicts with evidence out.",
)
app.command()(demo)
app.command()(serve)
app.command()(worker)
app.command()(migrate)
app.command()(score)
app.command()(check_scorecards)
app.command()(export_scorecard)
app.command()(import_scorecard)
app.command()(diff)
app.command()(contacts)
app.command()(recount)
app.command()(backup)
app.command()(restore)
app.command()(redact)
app.command()(retention)
app.command()(backtest)
app.command()(measure)
app.command()(rates)
app.command("import")(import_)
app.command()(watch)
app.add_typer(audit, name="audit")
app.add_typer(user, name="user")
app.add_typer(key, name="key")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"callmark {version('callmark')}")
        raise typer.Exit


@app.callback()
def callmark(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Quality assurance for call centres: recordings in, verdicts with evidence out."""


def run() -> None:
    """What the `callmark` command runs: an error of ours is told in a sentence."""
    from app.kit.errors import AppError

    try:
        app()
    except AppError as error:
        typer.echo(error.message, err=True)
        raise SystemExit(1) from None
