"""`callmark check-scorecards`, `export-scorecard`, `import-scorecard`, `diff`: what scorecards say, in other forms."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli.options import DataDirOption, settings_with

if TYPE_CHECKING:
    from app.domain.scorecard import Scorecard
    from app.scorecards.check import Checked

CardArgument = Annotated[str, typer.Argument(metavar="ID|PATH", help="A shipped scorecard, or a YAML file.")]
ReaderOption = Annotated[Literal["en", "zh", "ja"] | None, typer.Option("--language", help="Language of the words.")]


def check_scorecards(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH...]", help="YAML files, or folders of them; else the cards that judge calls."),
    ] = None,
) -> None:
    """Check scorecards: what cannot be read, never decides, stands twice, takes too long, or fails its own examples."""
    from app.scorecards.faults import Weight

    checked = _checked(paths or [])
    for one in checked:
        for fault in one.found:
            typer.echo(fault.told(str(one.file)))
        counts = ", ".join(f"{one.count(weight)} {weight}s" for weight in Weight)
        typer.echo(f"{one.file}: {one.card.id + ', ' if one.card else ''}{counts}")
    raise typer.Exit(int(any(one.count(Weight.FAULT) for one in checked)))


def _checked(paths: list[str]) -> "list[Checked]":
    """What was found in these files and folders; without any, in the cards that judge calls."""
    from app.domain.language import LANGUAGES
    from app.kit.errors import AppError
    from app.kit.shipped import shipped
    from app.scorecards.check import check, check_folder

    settings = settings_with()
    longest_seconds = settings.max_hours * 3600
    judging = not paths
    if judging and settings.scorecard_dir is not None:
        paths = [str(settings.scorecard_dir)]
    found: list[Checked] = []
    for path in map(Path, paths):
        try:
            found += check_folder(path, longest_seconds) if path.is_dir() else [check(path, longest_seconds)]
        except AppError as error:
            raise typer.BadParameter(error.message) from None
    if judging:
        own = {one.card.language for one in found if one.card is not None}
        rest = [shipped("scorecards") / f"inbound-{code}.yaml" for code in LANGUAGES if code not in own]
        found += [check(path, longest_seconds) for path in rest]
    return found


def export_scorecard(
    card: CardArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="The workbook to write.")],
    language: ReaderOption = None,
) -> None:
    """Write a scorecard as an Excel workbook: the form with every rule in words, and its word sets."""
    from app.domain.language import language as spoken_in
    from app.scorecards.spreadsheet import workbook

    _refuse_to_replace(file, (".xlsx",))
    read = _card(card, None)
    _write(file, workbook(read, language or spoken_in(read.language).code))
    typer.echo(f"Written: {file}", err=True)


def import_scorecard(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx|FILE.csv", help="A form, with a row for each item.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.yaml", help="The scorecard to write.")],
) -> None:
    """Turn a form from a spreadsheet into a scorecard to start from; what was guessed stands in it as comments."""
    from app.scorecards.draft import draft
    from app.scorecards.form import form
    from app.scorecards.loader import read

    _refuse_to_replace(out, (".yaml", ".yml"))
    made = draft(form(file), out.stem, file.name)
    _write(out, made.text.encode())
    card = read(out)
    for note in made.notes:
        typer.echo(note, err=True)
    typer.echo(f"Written: {out} ({card.id}). Read its comments before it judges calls.", err=True)


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A shipped scorecard, a YAML file, or sha256:….")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same.")],
    language: ReaderOption = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 when there is a difference.")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Tell in words what changed from one scorecard to another; stored versions are named by their hash."""
    from itertools import groupby

    from app.kit.i18n import translator
    from app.scorecards.difference import NO_DIFFERENCE, differences

    words = translator(language or "en")
    changes = differences(_card(old, data_dir), _card(new, data_dir))
    for about, group in groupby(changes, key=lambda change: change.about):
        typer.echo(about.said(words))
        for change in group:
            typer.echo(f"  {change.what.said(words)}")
    if not changes:
        typer.echo(words.gettext(NO_DIFFERENCE))
    raise typer.Exit(int(exit_code and bool(changes)))


def _card(name: str, data_dir: Path | None) -> "Scorecard":
    """The scorecard of this name, or the stored version whose hash begins so."""
    from app.scorecards.loader import scorecard

    return _stored(name, data_dir) if name.startswith("sha256:") else scorecard(name)


def _stored(beginning: str, data_dir: Path | None) -> "Scorecard":
    from sqlalchemy.engine import make_url

    from app.kit import db
    from app.scorecards import queries

    settings = settings_with(data_dir=data_dir)
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise typer.BadParameter(f"there is no database {url.database}", param_hint="--data-dir")
    with db.session(db.make_engine(settings.database), reads_only=True) as session:
        found = queries.versions(session, beginning)
        if len(found) != 1:
            known = "".join(f"\n  {one.version} {one.scorecard}" for one in found)
            count = f"{len(found)} stored versions begin" if found else "no stored version begins"
            raise typer.BadParameter(f"{count} with {beginning}{known}")
        return queries.card(session, found[0].version)


def _refuse_to_replace(file: Path, endings: tuple[str, ...]) -> None:
    """A file that is there stays: somebody may have worked on it."""
    if file.suffix.lower() not in endings:
        raise typer.BadParameter(f"{file.name} must end in {' or '.join(endings)}")
    if file.exists():
        raise typer.BadParameter(f"{file} is there already; name another file")
    if not file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {file.parent}")


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        typer.echo(f"{file} could not be written: {error.strerror}.", err=True)
        raise typer.Exit(1) from None
