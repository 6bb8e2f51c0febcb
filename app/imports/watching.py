"""Looks into a folder again and again; a file is taken in once it did not change between two looks, and for a while."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.calls.manifest import Manifest, read_manifest
from app.imports.folders import FileGone, FileSeen, Intake, Outcome, Taken, Telling, files_in, place_of, take
from app.kit import clock
from app.ledger.service import Actor


@dataclass
class Watch:
    """A folder that is looked into: what lay there at the last look, and what was dealt with since the beginning."""

    folder: Path
    list_file: Path | None
    telling: Telling
    settle_seconds: float
    unsettled: list[str] = field(default_factory=list)
    _done: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def look(self, intake: Intake, now: float) -> Iterator[Taken]:
        """Take in what is whole by now (seconds since 1970); what is still being written waits for the next look."""
        telling = replace(self.telling, manifest=self._manifest()) if self.list_file else self.telling
        place, self.unsettled = place_of(self.folder, intake.settings), []
        for file in files_in(self.folder):
            state = (*file.as_it_was, telling.digest(file.name))
            if self._done.get(file.name) == state:
                continue
            if now - file.modified / 1e9 < self.settle_seconds:
                self.unsettled.append(file.name)
                continue
            taken = take(intake, place, file, telling, Actor("watch", clock.now()))
            if taken.outcome != Outcome.REFUSED or not _passes(taken, file):
                self._done[file.name] = state
            yield taken

    def _manifest(self) -> Manifest | None:
        if self.list_file is None:
            return None
        try:
            content = self.list_file.read_bytes()
        except OSError as error:
            raise FileGone(f"The list {self.list_file} cannot be read: {error.strerror}.") from error
        return read_manifest(content, "en")


def _passes(taken: Taken, file: FileSeen) -> bool:
    """Whether a refusal was for the moment alone: the file grew while it was read, or went away."""
    try:
        state = file.path.stat()
    except OSError:
        return True
    return (state.st_size, state.st_mtime_ns) != file.as_it_was
