"""`callmark score`: files in, verdicts out; no database and no server needed."""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import (
    AgentChannelOption,
    BeamSizeOption,
    ComputeTypeOption,
    DebugOption,
    DeviceOption,
    EngineOption,
    LanguageOption,
    ModelOption,
    ScorecardOption,
    settings_with,
)

if TYPE_CHECKING:
    from app.evaluations.files import Evaluated, Refused
    from app.reports.call_report import CallView
    from app.settings import Settings


def score(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Recordings, or transcripts (.json, .srt, .vtt).")
    ],
    scorecard: ScorecardOption = None,
    language: LanguageOption = None,
    agent_channel: AgentChannelOption = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line on standard output.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a page here that shows what was found, with sound; one file.")
    ] = None,
    engine: EngineOption = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    compute_type: ComputeTypeOption = None,
    beam_size: BeamSizeOption = None,
    debug: DebugOption = False,
) -> None:
    """Score recordings or transcripts by a scorecard, one after the other."""
    from app.evaluations.files import Refused
    from app.reports.call_report import section
    from app.scorecards.active import judge_by

    if report is not None and not report.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {report.parent}", param_hint="--report")
    settings = settings_with(
        language=language,
        agent_channel=agent_channel,
        engine=engine,
        model=model,
        device=device,
        compute_type=compute_type,
        beam_size=beam_size,
    )
    judge_by(settings.scorecard_dir)
    results: list[Evaluated | Refused] = []
    sections: list[CallView] = []
    show = _write_line if jsonl else _print_table
    for result in _results(paths, settings, scorecard, debug):
        show(result)
        if report is not None and not isinstance(result, Refused):
            # Its clips are cut at once, so that no recording is kept longer than it is needed.
            sections.append(section(result, place=len(sections) + 1))
        results.append(result if isinstance(result, Refused) else replace(result, recording=None))
    refused = [result for result in results if isinstance(result, Refused)]
    if report is not None and sections:
        _write_report(report, sections, refused)
    raise typer.Exit(int(bool(refused)))


def _results(paths: list[str], settings: "Settings", card: str | None, debug: bool) -> "Iterator[Evaluated | Refused]":
    """Every file in turn, scored or refused; what libraries print on the way goes to standard error."""
    from app.evaluations.files import evaluate_file, refused
    from app.kit.errors import AppError
    from app.reports.progress import following
    from app.scorecards.loader import scorecard

    if card is not None:
        try:
            scorecard(card)
        except AppError as error:
            raise typer.BadParameter(error.message, param_hint="--scorecard") from None
    for place, path in enumerate(paths, 1):
        result: Evaluated | Refused
        with following(f"[{place}/{len(paths)}] {Path(path).name or path}") as progress:
            try:
                with contextlib.redirect_stdout(sys.stderr):
                    result = evaluate_file(path, settings, card, progress)
            except Exception as error:
                if debug and not isinstance(error, AppError):
                    raise
                result = refused(path, error)
        yield result


def _write_line(result: "Evaluated | Refused") -> None:
    from app.evaluations.answer import answer

    line = json.dumps(answer(result), ensure_ascii=False)
    # A file name that is no Unicode comes back as it was given: as the escapes Python reads it with.
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


def _print_table(result: "Evaluated | Refused") -> None:
    from app.reports.terminal import call_table, console

    console().print(call_table(result))


def _write_report(place: Path, sections: "list[CallView]", refused: "list[Refused]") -> None:
    from app.reports.call_report import page

    try:
        place.write_text(page(sections, refused), encoding="utf-8")
    except OSError as error:
        typer.echo(f"The report could not be written to {place}: {error.strerror}.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Report: {place.resolve()}", err=True)
