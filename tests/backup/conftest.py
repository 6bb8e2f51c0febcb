"""Places to make backups of, and to restore them to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from tests.backup.places import KINDS, Place, new_place
from tests.cast import make_cast
from tests.stored import GOOD, RUDE, scored


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A service that has people, two scored calls, and recordings."""
    with new_place(request, request.param, tmp_path / "here") as found:
        furnish(found)
        yield found


@pytest.fixture
def other(request: pytest.FixtureRequest, place: Place, tmp_path: Path) -> Iterator[Place]:
    """An empty place of the other kind."""
    other_kind = KINDS[1 - KINDS.index(place.engine.dialect.name)]
    with new_place(request, other_kind, tmp_path / "there") as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "backups"


def furnish(place: Place) -> None:
    with Session(place.engine, expire_on_commit=False) as session:
        make_cast(session)
        for lines in (GOOD, RUDE):
            call, _ = scored(session, *lines, agent="dana", customer_name="O'Neil\\\t張\n")
            call.blob = place.blobs.put(["\n".join(lines).encode()], 1_000_000).key
            call.playback = place.blobs.put([b"played " + lines[0].encode()], 1_000_000).key
        session.commit()
