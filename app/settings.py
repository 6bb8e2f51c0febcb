"""The only module that reads the environment; every setting is documented in docs/settings.md."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One frozen set of settings, read from CALLMARK_* variables and overridden by command-line options."""

    model_config = SettingsConfigDict(env_prefix="CALLMARK_", frozen=True)

    engine: Literal["faster-whisper", "openai-whisper"] = Field("faster-whisper", description="Speech recogniser.")
    model: str | None = Field(
        None,
        description="A model directory or file, or a model name to download; empty: the packaged Whisper base.",
    )
    device: str = Field("cpu", description="Where the recogniser runs: cpu, cuda, or auto.")
    compute_type: str = Field("int8", description="Number format of the recogniser: int8, float32, float16.")
    beam_size: int = Field(5, ge=1, le=20, description="How many readings of the audio are weighed at once.")
    language: str | None = Field(None, description="Language of the calls (en, zh, ja); empty: heard from the audio.")
    agent_channel: Literal["left", "right", "auto"] = Field(
        "auto", description="Which channel of a two-channel recording is the agent; auto: judged from the words."
    )
    cache_dir: Path = Field(
        Path("~/.cache/callmark"), description="Where the joined model weights are kept between runs."
    )
    max_hours: float = Field(4.0, gt=0, description="Longest recording that is accepted, in hours.")
    decode_memory_mb: int = Field(1536, gt=0, description="Memory the decoding process may use, in MB.")
    decode_seconds: int = Field(120, gt=0, description="Time the decoding process may take, in seconds.")
    data_dir: Path = Field(
        Path("data"), description="Where the service keeps its databases and recordings, unless the URLs below say so."
    )
    database_url: str | None = Field(
        None,
        description="The database: sqlite:///PATH or postgresql://USER@HOST/NAME; empty: app.db in the data folder.",
    )
    jobs_url: str | None = Field(
        None,
        description="The database of jobs under way; empty: jobs.db in the data folder, or the PostgreSQL database.",
    )
    blobs_url: str | None = Field(
        None, description="Where recordings are kept, such as s3://BUCKET/PREFIX; empty: blobs/ in the data folder."
    )
    scorecard_dir: Path | None = Field(
        None, description="A folder of your own scorecards, one YAML file for each language; empty: the shipped ones."
    )
    max_upload_mb: int = Field(1024, gt=0, description="Largest file that is accepted, in MB.")
    worker_name: str = Field(
        "worker-1",
        pattern=r"^[A-Za-z0-9._-]{1,60}$",
        description="Name of this worker; on several machines each has its own, and keeps it.",
    )
    worker_concurrency: int = Field(
        1, ge=1, le=64, description="How many calls one worker works on at once, each in its own process."
    )
    blind_share: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Share of the calls, 0 to 1, that people review without seeing the machine's verdicts.",
    )
    review_days: int = Field(
        3, ge=0, le=365, description="By when a review is due: at the end of so many days after the call came in."
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the web server listens on.")

    @field_validator("scorecard_dir", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    @property
    def database(self) -> str:
        """URL of the database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'app.db'}"

    @property
    def jobs(self) -> str:
        """URL of the database of jobs."""
        if self.jobs_url is None and self.database.startswith("postgres"):
            return self.database
        return self.jobs_url or f"sqlite:///{self.data_dir / 'jobs.db'}"
