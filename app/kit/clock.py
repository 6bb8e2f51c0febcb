"""What time it is, asked at the edges only and passed inwards."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 (the one place that asks)
