"""Options that several commands share, and the settings they make."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from pydantic import ValidationError

from app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

ScorecardOption = Annotated[
    str | None,
    typer.Option(metavar="ID|PATH", help="A shipped scorecard or a YAML file; else the one of the language."),
]
LanguageOption = Annotated[
    Literal["en", "zh", "ja"] | None, typer.Option(help="Language of the calls; else heard from each recording.")
]
AgentChannelOption = Annotated[
    Literal["left", "right", "auto"] | None, typer.Option(help="Which channel the agent is on; auto: by the words.")
]
EngineOption = Annotated[
    Literal["faster-whisper", "openai-whisper", "endpoint"] | None,
    typer.Option(help="Which speech recogniser hears recordings."),
]
ModelOption = Annotated[
    str | None, typer.Option(help="A model's folder, file or name; else the packaged Whisper base.")
]
DeviceOption = Annotated[str | None, typer.Option(help="Where the recogniser runs: cpu, cuda or auto.")]
ComputeTypeOption = Annotated[str | None, typer.Option(help="Its number format: int8, float32, float16.")]
BeamSizeOption = Annotated[int | None, typer.Option(min=1, max=20, help="How many readings it weighs at once.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Stop at an unforeseen error and show where it arose.")]
DataDirOption = Annotated[
    Path | None, typer.Option(help="Where databases and recordings are kept; else CALLMARK_DATA_DIR, else ./data.")
]


def settings_with(**options: Any) -> Settings:
    """The settings of the environment, overridden by the options that were given."""
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise typer.BadParameter(f"a setting cannot be used: {faults}") from None


def database(settings: Settings) -> "Engine":
    """The database, which must be there already: reading alone makes none."""
    from sqlalchemy.engine import make_url

    from app.kit import db

    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise typer.BadParameter(f"there is no database {url.database}", param_hint="--data-dir")
    return db.make_engine(settings.database)
