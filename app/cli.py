"""The command line: score files, show the demo."""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from app.evaluations.files import Evaluated, Refused
    from app.reports.call_report import CallView
    from app.settings import Settings

app = typer.Typer(
    name="callmark",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Quality assurance for call centres: recordings in, verdicts with evidence out.",
)

# What `demo` takes from a folder.
RECORDINGS = (".wav", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".w64")

ScorecardOption = Annotated[
    str | None,
    typer.Option(metavar="ID|PATH", help="A shipped scorecard or a YAML file; else the shipped one of the language."),
]
LanguageOption = Annotated[
    Literal["en", "zh", "ja"] | None, typer.Option(help="Language of the calls; else heard from each recording.")
]
AgentChannelOption = Annotated[
    Literal["left", "right", "auto"] | None, typer.Option(help="Which channel the agent is on; auto: by the words.")
]
EngineOption = Annotated[
    Literal["faster-whisper", "openai-whisper"] | None, typer.Option(help="Which speech recogniser hears recordings.")
]
ModelOption = Annotated[
    str | None, typer.Option(help="A model's folder, file or name; else the packaged Whisper base.")
]
DeviceOption = Annotated[str | None, typer.Option(help="Where the recogniser runs: cpu, cuda or auto.")]
ComputeTypeOption = Annotated[str | None, typer.Option(help="Its number format: int8, float32, float16.")]
BeamSizeOption = Annotated[int | None, typer.Option(min=1, max=20, help="How many readings it weighs at once.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Stop at an unforeseen error and show where it arose.")]


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


@app.command()
def score(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Recordings, or transcripts (.json, .srt, .vtt).")
    ],
    scorecard: ScorecardOption = None,
    language: LanguageOption = None,
    agent_channel: AgentChannelOption = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line on standard output.")] = False,
    engine: EngineOption = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    compute_type: ComputeTypeOption = None,
    beam_size: BeamSizeOption = None,
    debug: DebugOption = False,
) -> None:
    """Score recordings or transcripts by a scorecard, one after the other."""
    from app.evaluations.files import Refused

    settings = _settings(
        language=language,
        agent_channel=agent_channel,
        engine=engine,
        model=model,
        device=device,
        compute_type=compute_type,
        beam_size=beam_size,
    )
    failed = False
    show = _write_line if jsonl else _print_table
    for result in _results(paths, settings, scorecard, debug):
        failed = failed or isinstance(result, Refused)
        show(result)
    raise typer.Exit(int(failed))


@app.command()
def demo(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...]", help="Recordings, or folders of them; else the shipped ones."),
    ] = None,
    scorecard: ScorecardOption = None,
    language: LanguageOption = None,
    agent_channel: AgentChannelOption = None,
    engine: EngineOption = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    compute_type: ComputeTypeOption = None,
    beam_size: BeamSizeOption = None,
    report: Annotated[Path, typer.Option(help="Where the report is written.")] = Path("callmark-report.html"),
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the report in a browser.")] = False,
    debug: DebugOption = False,
) -> None:
    """Score the shipped recordings (or yours) and write a report that shows what was found, and where."""
    from app.evaluations.files import Refused
    from app.kit.shipped import shipped
    from app.reports.call_report import page, section
    from app.reports.terminal import console, overview

    if not report.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {report.parent}", param_hint="--report")
    settings = _settings(
        language=language,
        agent_channel=agent_channel,
        engine=engine,
        model=model,
        device=device,
        compute_type=compute_type,
        beam_size=beam_size,
    )
    paths = _recordings(files or [str(shipped("fixtures/calls"))])
    results: list[Evaluated | Refused] = []
    sections: list[CallView] = []
    for result in _results(paths, settings, scorecard, debug):
        if isinstance(result, Refused):
            results.append(result)
            continue
        # Its clips are cut at once, so that no recording is kept longer than it is needed.
        sections.append(section(result, place=len(sections) + 1))
        results.append(replace(result, recording=None))
    refused = [result for result in results if isinstance(result, Refused)]
    console().print(overview(results))
    if sections:
        _write_report(report, page(sections, refused))
        if not no_open and sys.stdout.isatty():
            _open(report)
    raise typer.Exit(int(bool(refused) or not sections))


def run() -> None:
    """What the `callmark` command runs."""
    app()


def _settings(**options: Any) -> "Settings":
    """The settings of the environment, overridden by the options that were given."""
    from pydantic import ValidationError

    from app.settings import Settings

    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise typer.BadParameter(f"a setting cannot be used: {faults}") from None


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


def _recordings(paths: list[str]) -> list[str]:
    """The files, and in place of each folder the recordings in it."""
    found: list[str] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += sorted(
                str(one) for one in path.iterdir() if one.suffix.lower() in RECORDINGS and one.name[0] != "."
            )
        else:
            found.append(str(path))
    if not found:
        raise typer.BadParameter(f"there are no recordings in {', '.join(paths)}")
    return found


def _write_report(place: Path, html: str) -> None:
    try:
        place.write_text(html, encoding="utf-8")
    except OSError as error:
        typer.echo(f"The report could not be written to {place}: {error.strerror}.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Report: {place.resolve()}")


def _open(report: Path) -> None:
    """Show the report in a browser with a window; one that would take over the terminal is left alone."""
    import webbrowser

    with contextlib.suppress(webbrowser.Error):
        browser = webbrowser.get()
        if type(browser) is not webbrowser.GenericBrowser:
            browser.open(report.resolve().as_uri())
