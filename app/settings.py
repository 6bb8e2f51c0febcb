"""The only module that reads the environment; every setting is documented in docs/settings.md."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# Of special letters, user and password have the percent codes.
SMTP_URL = r"smtps?://([^@:/\s]+(:[^@:/\s]+)?@)?(\[[0-9a-fA-F:]+\]|[^@:/\s]+)(:\d{1,5})?/?"

# Where some systems look for the libraries of a program.
LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")


def bare_environment() -> dict[str, str]:
    """What a process needs of the environment that is to know nothing else of it, such as keys and passwords."""
    return {name: os.environ[name] for name in LIBRARY_PATHS if name in os.environ}


class Settings(BaseSettings):
    """One frozen set of settings, read from CALLMARK_* variables and overridden by command-line options."""

    model_config = SettingsConfigDict(env_prefix="CALLMARK_", frozen=True)

    engine: Literal["faster-whisper", "openai-whisper", "endpoint"] = Field(
        "faster-whisper", description="Speech recogniser; endpoint: a transcription service at the address below."
    )
    endpoint_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="A service that speaks OpenAI's transcription protocol, such as http://localhost:8000/v1.",
    )
    endpoint_key: SecretStr | None = Field(None, description="The key of that service, where it asks for one.")
    endpoint_hands: int = Field(4, ge=1, le=64, description="How many passages are sent to that service at once.")
    model: str | None = Field(
        None,
        description="A model directory or file, or a model name to download; empty: the packaged Whisper base.",
    )
    device: str = Field("cpu", description="Where the recogniser runs: cpu, cuda, or auto.")
    compute_type: str = Field("int8", description="Number format of the recogniser: int8, float32, float16.")
    recogniser_threads: int | None = Field(
        None, ge=1, le=256, description="Cores the recogniser takes; empty: those of the machine."
    )
    batch_size: int | None = Field(
        None,
        ge=1,
        le=256,
        description="How many passages are recognised in step; empty: one on a processor, on a GPU by its free memory.",
    )
    beam_size: int = Field(5, ge=1, le=20, description="How many readings of the audio are weighed at once.")
    language: str | None = Field(None, description="Language of the calls (en, zh, ja); empty: heard from the audio.")
    agent_channel: Literal["left", "right", "auto"] = Field(
        "auto", description="Which channel of a two-channel recording is the agent; auto: judged from the words."
    )
    cache_dir: Path = Field(
        Path("~/.cache/callmark"), description="Where the joined model weights are kept between runs."
    )
    max_hours: float = Field(4.0, gt=0, description="Longest recording that is accepted, in hours.")
    decode_memory_mb: int = Field(512, gt=0, description="Memory the decoding process may use, in MB.")
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
    audit_key_file: Path | None = Field(
        None,
        description="The key that signs what the ledger holds, made when first needed; empty: audit.key in the data "
        "folder.",
    )
    scorecard_dir: Path | None = Field(
        None, description="A folder of your own scorecards, one YAML file for each language; empty: the shipped ones."
    )
    redact: Literal["on", "off"] = Field(
        "on", description="Whether card, ID and phone numbers are taken out of transcripts and muted in recordings."
    )
    access_log_days: int = Field(
        365, ge=1, le=3650, description="For so many days it is kept who heard which recording."
    )
    max_upload_mb: int = Field(1024, gt=0, description="Largest file that is accepted, in MB.")
    request_seconds: float = Field(
        30.0,
        gt=0,
        description="A request that brings fewer than 2 kB a second is cut off after so many seconds.",
    )
    worker_id: str = Field(
        "worker-1",
        pattern=r"^[A-Za-z0-9._-]{1,60}$",
        description="Id of this worker; of several each has its own, and keeps it.",
    )
    worker_concurrency: int = Field(
        1, ge=1, le=64, description="How many calls one worker works on at once, each in its own process."
    )
    worker_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="The port on which a worker tells whether it is well, and its measures; empty: none. Several "
        "processes of one worker take this and the next ones.",
    )
    blind_share: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Share of the calls, 0 to 1, that people review without seeing the machine's verdicts.",
    )
    double_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of the calls, 0 to 1, that two people score blind, neither knowing of the other.",
    )
    queue: Literal["every", "sampled"] = Field(
        "every",
        description="Which calls come into the queue: every scored one, or those that a plan draws or a risk picks.",
    )
    review_days: int = Field(
        3, ge=0, le=365, description="By when a review is due: at the end of so many days after the call came in."
    )
    assign: Literal["claim", "auto"] = Field(
        "claim",
        description="How people come by reviews: claim: they take them from the queue; auto: they are given out.",
    )
    most_open: int = Field(
        20, ge=0, le=10000, description="How many open reviews a person is given at most, unless theirs says otherwise."
    )
    release_hours: float | None = Field(
        0,
        ge=0,
        le=24 * 365,
        description="So many hours after it was submitted, an agent may read a result; empty: once a person releases "
        "it.",
    )
    dispute_days: int = Field(
        7, ge=0, le=365, description="How long an agent may dispute a result: to the end of so many days after release."
    )
    dispute_by: Literal["another", "anyone"] = Field(
        "another", description="Who decides a dispute: another than who submitted the review, or anyone who reviews."
    )
    self_score: Literal["off", "optional", "first"] = Field(
        "optional",
        description="Whether agents score their own calls; first: they read a result after that, or after declining.",
    )
    answer_within: int = Field(
        20, ge=0, le=3600, description="Within so many seconds a contact counts as answered in time (service level)."
    )
    short_abandon: int = Field(
        5, ge=0, le=3600, description="Who gives up within fewer seconds than these is counted as a short abandon."
    )
    long_wait: int = Field(
        180, ge=1, le=86400, description="Who waits longer than so many seconds has waited long, and is listed."
    )
    repeat_days: int = Field(
        7, ge=1, le=365, description="A customer who comes in again within so many days is a repeated contact."
    )
    customer_key_file: Path | None = Field(
        None,
        description="The key by which customers' numbers are hashed, made when first needed and the same on all "
        "machines; empty: customers.key in the data folder.",
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]+/?$",
        description="The address under which people reach Callmark, for links in mails; empty: as each request came.",
    )
    session_hours: float = Field(
        12.0, gt=0, le=24 * 31, description="How long one stays signed in at most, in hours; then one signs in again."
    )
    idle_minutes: int = Field(
        120, ge=15, le=60 * 24 * 31, description="After so many minutes without a request, one is signed out."
    )
    password_sign_in: Literal["on", "off"] = Field(
        "on", description="Whether people sign in with a password; off: only administrators, for the day it is needed."
    )
    oidc_issuer: str | None = Field(
        None,
        description="The identity provider (OpenID Connect) people sign in by, as it names itself: its issuer URL.",
    )
    oidc_client_id: str = Field("", description="What the identity provider calls Callmark.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="The secret it gave Callmark; empty: none, PKCE alone."
    )
    oidc_name: str = Field(
        "single sign-on", description="What people call the identity provider; the button says: Sign in with this."
    )
    oidc_scopes: str = Field("openid profile email", description="What is asked for; openid must be among it.")
    oidc_role_claim: str | None = Field(
        None, description="The claim that gives people their role, such as groups; empty: roles are given in Callmark."
    )
    oidc_role_map: tuple[tuple[str, Literal["admin", "supervisor", "reviewer", "agent"]], ...] | None = Field(
        None,
        description="Which value of that claim is which role, as JSON; the first that fits counts.",
    )
    oidc_create: bool = Field(
        False, description="Whether whoever the provider lets in and nobody has added is added, as an agent or by role."
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="The mail server: smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465; empty: no mail.",
    )
    mail_from: str | None = Field(
        None,
        pattern=r"^[^@\s<>,]+@[^@\s<>,]+$",
        description="The address from which mail comes; empty: callmark at the mail server.",
    )
    api_per_minute: int = Field(
        600,
        ge=0,
        description="How many requests one API key may send in a minute to one process of the server; 0: no limit.",
    )
    webhook_http: bool = Field(
        False, description="Whether webhooks may go to addresses without encryption (http://), for trials."
    )
    webhook_private: bool = Field(
        False, description="Whether webhooks may go to private networks and to this machine itself."
    )
    webhook_key_file: Path | None = Field(
        None,
        description="The key that keeps the secrets of webhooks, made when first needed and the same on all machines; "
        "empty: webhooks.key in the data folder.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="The bearer token with which Prometheus is told measures at /metrics; empty: nobody is told.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="How the log is written: text, for people, or json, an object a line."
    )
    drain_seconds: float = Field(
        0.0,
        ge=0,
        le=300,
        description="So long a server that is told to stop still answers, while /ready already says that it will not.",
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the web server listens on.")

    @field_validator("*", mode="before")
    @classmethod
    def empty_is_none(cls, given: object, info: ValidationInfo) -> object:
        # What a file for containers leaves empty is not set.
        may_be_none = type(None) in get_args(cls.model_fields[info.field_name or ""].annotation)
        return None if given == "" and may_be_none else given

    @field_validator("smtp_url")
    @classmethod
    def mail_server_is_one(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None and not re.fullmatch(SMTP_URL, given.get_secret_value()):
            raise ValueError(
                "a mail server is given as smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465"
            )
        return given

    @field_validator("oidc_role_map", mode="before")
    @classmethod
    def pairs_stay_as_they_are(cls, given: object) -> object:
        # Settings can be compared and remembered, which a dictionary cannot.
        return tuple(given.items()) if isinstance(given, dict) else given or None

    @model_validator(mode="after")
    def sign_in_is_possible_and_safe(self) -> Self:
        """Refuse at the start what would let nobody in, or anybody."""
        if self.oidc_issuer is None:
            if self.password_sign_in == "off":
                raise ValueError("CALLMARK_PASSWORD_SIGN_IN=off needs CALLMARK_OIDC_ISSUER")
            return self
        address = urlsplit(self.oidc_issuer)
        is_local = address.scheme == "http" and address.hostname in ("localhost", "127.0.0.1")
        if address.scheme != "https" and not is_local:
            raise ValueError("CALLMARK_OIDC_ISSUER must begin with https://")
        if not self.oidc_client_id or "openid" not in self.oidc_scopes.split():
            raise ValueError("CALLMARK_OIDC_ISSUER needs CALLMARK_OIDC_CLIENT_ID, and openid in CALLMARK_OIDC_SCOPES")
        if self.oidc_role_claim and not self.oidc_role_map:
            raise ValueError("CALLMARK_OIDC_ROLE_CLAIM needs CALLMARK_OIDC_ROLE_MAP")
        return self

    @property
    def redacts(self) -> bool:
        """Whether numbers are hidden."""
        return self.redact == "on"

    @property
    def access_log_kept(self) -> timedelta:
        """How long it is kept who heard what."""
        return timedelta(days=self.access_log_days)

    @property
    def idle(self) -> timedelta:
        """After so long without a request one is signed out."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def session_length(self) -> timedelta:
        """How long one stays signed in at most."""
        return timedelta(hours=self.session_hours)

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

    @property
    def customer_key(self) -> Path:
        """Where the key lies by which customers' numbers are hashed."""
        return self.customer_key_file or self.data_dir / "customers.key"

    @property
    def webhook_key(self) -> Path:
        """Where the key lies that keeps the secrets of webhooks."""
        return self.webhook_key_file or self.data_dir / "webhooks.key"

    @property
    def audit_key(self) -> Path:
        """Where the key of the audit lies; its anchors lie beside it."""
        return self.audit_key_file or self.data_dir / "audit.key"
