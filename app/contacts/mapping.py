"""Which column of a system's list is which of ours: a YAML file, so that no system needs code of its own."""

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from app.kit.errors import AppError

Kind = Literal["contacts", "agent_days", "answers"]
# Our own columns, by what a list tells; those that it cannot do without come first.
COLUMNS: dict[str, tuple[str, ...]] = {
    "contacts": tuple(
        "external_id started_at answered channel direction queue agent team rings wait_seconds talk_seconds "
        "hold_seconds after_call_seconds transferred success customer solved solved_first csat nps".split()
    ),
    "agent_days": tuple(
        "agent day team scheduled present scheduled_seconds logged_in_seconds within_hours_seconds busy_seconds "
        "idle_seconds paid_seconds outbound_busy_seconds".split()
    ),
    "answers": tuple("external_id solved solved_first csat nps".split()),
}
NEEDED = {"contacts": ("external_id",), "agent_days": ("agent", "day"), "answers": ("external_id",)}


class MappingUnusable(AppError):
    """This mapping cannot be used; it is a YAML file that names the columns of a list."""

    code = "mapping_unusable"
    status = 422


class MappingUnknown(AppError):
    """There is no mapping of this name."""

    code = "mapping_unknown"
    status = 404


def _written(value: object) -> object:
    """YAML takes yes, no and 1 for truth and numbers; in a list they are words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int | float) else value


Word = Annotated[str, BeforeValidator(_written)]


class Rule(BaseModel):
    """How a column of theirs becomes one of ours; with `value` alone it is the same for every row.

    `when` takes the cell only where other columns have one of these values. `pattern` takes what its first group
    finds, `values` replaces words (capitals do not count; "" is the empty cell), `otherwise` is for every other word.
    `unit` is that of a length of time; `minus` takes another column's length off. `time`: epoch, epoch_ms, or a form
    such as %d/%m/%Y %H:%M.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str | None = None
    value: Word | None = None
    when: dict[str, tuple[Word, ...]] = Field(default_factory=dict)
    pattern: str | None = Field(default=None, max_length=200)
    values: dict[Word, Word] | None = None
    otherwise: Word | None = None
    unit: Literal["s", "ms", "min", "h"] = "s"
    minus: str | None = None
    time: str | None = None

    @model_validator(mode="after")
    def says_where_from(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("say either column or value")
        return self

    @field_validator("pattern")
    @classmethod
    def has_a_group(cls, given: str | None) -> str | None:
        try:
            if given is not None and re.compile(given).groups < 1:
                raise ValueError("put what is to be taken into brackets: (…)")
        except re.error as error:
            raise ValueError(f"this is no regular expression: {error}") from None
        return given


class Mapping(BaseModel):
    """What the list of a system looks like, and what its columns mean.

    `form` is csv, or queue_log: the events of Asterisk's queues, of which each call is put together. A list without a
    `header` has the columns of `names`, in this order. Where a column has several rules, the first one that finds
    something holds. Times without an offset are those of `time_zone`; without one,
    of the zone that all teams share. Columns that nobody names here are left alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    title: str
    about: str = ""
    kind: Kind = "contacts"
    form: Literal["csv", "queue_log"] = "csv"
    header: bool = True
    names: tuple[str, ...] = ()
    separator: str | None = Field(default=None, min_length=1, max_length=1)
    time_zone: str | None = None
    skip: dict[str, tuple[Word, ...]] = Field(
        default_factory=dict, description="Rows in which these columns have one of these values are left alone."
    )
    columns: dict[str, tuple[Rule, ...]]

    @field_validator("columns", mode="before")
    @classmethod
    def a_name_is_a_rule(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        several = {name: rules if isinstance(rules, list) else [rules] for name, rules in given.items()}
        return {
            name: [{"column": rule} if isinstance(rule, str) else rule for rule in rules]
            for name, rules in several.items()
        }

    @field_validator("time_zone")
    @classmethod
    def is_a_zone(cls, given: str | None) -> str | None:
        if given is not None and given not in available_timezones():
            raise ValueError("is no time zone such as Asia/Shanghai")
        return given

    @model_validator(mode="after")
    def knows_our_columns(self) -> Self:
        unknown = sorted(set(self.columns) - set(COLUMNS[self.kind]))
        if unknown:
            raise ValueError(f"{unknown[0]} is none of our columns: {', '.join(COLUMNS[self.kind])}")
        missing = [name for name in NEEDED[self.kind] if name not in self.columns]
        if missing:
            raise ValueError(f"say which column is {missing[0]}")
        if not self.header and not self.names:
            raise ValueError("a list without a header needs the names of its columns")
        return self

    @property
    def zone(self) -> ZoneInfo | None:
        return ZoneInfo(self.time_zone) if self.time_zone else None


def own(kind: Kind) -> Mapping:
    """The mapping of lists that have our own columns."""
    return Mapping.model_validate(
        {"id": "own", "title": "Own columns", "kind": kind, "columns": {name: name for name in COLUMNS[kind]}}
    )


def read_mapping(written: str) -> Mapping:
    """A mapping from YAML; what is wrong is named with its place."""
    try:
        return Mapping.model_validate(yaml.safe_load(written))
    except yaml.YAMLError as error:
        raise MappingUnusable(f"This mapping is no YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the mapping'}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        )
        raise MappingUnusable(f"This mapping cannot be used: {faults}.") from None


@cache
def shipped_mappings() -> dict[str, Mapping]:
    """The mappings that come with the product, by name."""
    folder = files("app.contacts").joinpath("mappings")
    found = [read_mapping(one.read_text(encoding="utf-8")) for one in folder.iterdir() if one.name.endswith(".yaml")]
    return {one.id: one for one in sorted(found, key=lambda one: one.id)}


def mapping_called(name: str, kind: Kind) -> Mapping:
    """The shipped mapping of this name for lists that tell this; an empty name: our own columns."""
    if not name:
        return own(kind)
    found = shipped_mappings().get(name)
    if found is None or found.kind != kind:
        known = ", ".join(one.id for one in shipped_mappings().values() if one.kind == kind) or "none"
        raise MappingUnknown(f"There is no mapping {name} for this kind of list; those that come along: {known}.")
    return found


def mapping_in(file: Path) -> Mapping:
    """The mapping in a file of one's own."""
    try:
        written = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingUnusable(f"{file.name} cannot be read as YAML in UTF-8.") from error
    return read_mapping(written)
