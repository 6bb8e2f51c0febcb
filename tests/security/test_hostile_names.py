"""Whatever a file is called: nothing is written but what the store itself names, and its name harms nobody who reads it."""

import csv
import io
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from app.accounts.service import open_session
from app.calls.file_names import read_pattern
from app.calls.models import Call
from app.calls.service import TURNING
from app.imports.folders import Intake, Telling
from app.imports.watching import Watch
from app.kit import clock, db
from app.kit.csv_files import FORMULA
from app.request import SESSION_COOKIE
from app.settings import Settings
from tests.api.conftest import GOOD, Api, transcript
from tests.bar import Bar
from tests.security.hostile_names import hostile

# Keys of the store: a hash in the folder of its first two signs, or a piece of what arrives.
KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}|arriving/[0-9a-f]{64}\.(\d+|whole)")
OWN = re.compile(r"(app|jobs)\.db(-wal|-shm|-journal)?|blobs/.*|(audit|customers|webhooks)\.key")
BATCH = 50


@pytest.fixture
def settings(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The data folder lies deep in others, in which anything new would be seen, and so does the current folder."""
    for name in ("data", "current"):
        (tmp_path / "a/b/c" / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a/b/c/current")
    changed: dict[str, object] = {"data_dir": tmp_path / "a/b/c/data", "api_per_minute": 0}
    if settings.database.startswith("sqlite"):
        for name in ("app.db", "jobs.db"):
            (tmp_path / name).rename(tmp_path / "a/b/c/data" / name)
        changed["database_url"] = f"sqlite:///{tmp_path / 'a/b/c/data/app.db'}"
    return settings.model_copy(update=changed)


@pytest.fixture
def engine(settings: Settings) -> Iterator[object]:
    engine = db.make_engine(settings.database)
    yield engine
    engine.dispose()


def outside(top: Path, store: Path) -> dict[str, tuple[int, int]]:
    """All that lies outside the store's own files, and what would change with it."""
    found = {}
    for path in top.rglob("*"):
        own = path.is_relative_to(store) and (path == store or _is_own(path.relative_to(store)))
        if not own and not path.is_relative_to(top / "watched") and path.is_file():
            state = path.stat()
            found[str(path)] = (state.st_size, state.st_mtime_ns)
    return found


def _is_own(path: Path) -> bool:
    return path.as_posix() == "blobs" or OWN.fullmatch(path.as_posix()) is not None


def multipart(fields: Mapping[str, str], files: list[tuple[str, str, bytes]], spelling: int = 0) -> tuple[bytes, str]:
    """A form whose file names are sent as they are, however a form may spell them."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for field, name, content in files:
        plain = name.replace("\r", "").replace("\n", "").replace('"', '\\"')
        spelt = (
            f'filename="{plain}"',
            f"filename*=UTF-8''{quote(name)}; filename=\"x.json\"",
            f'filename="{quote(name)}"',
        )[spelling % 3]
        head = f'--b\r\nContent-Disposition: form-data; name="{field}"; {spelt}\r\n\r\n'
        parts.append(head.encode(errors="surrogateescape") + content + b"\r\n")
    return b"".join(parts) + b"--b--\r\n", "multipart/form-data; boundary=b"


def content(number: int, door: int) -> bytes:
    return transcript(*GOOD, note=f"{door} {number}")


def in_batches(times: int) -> Iterator[tuple[int, ...]]:
    numbers = iter(range(times))
    return iter(lambda: tuple(islice(numbers, BATCH)), ())


class Doors:
    """All ways in which a named file comes in; each tells the statuses of its answers."""

    def __init__(self, api: Api, folder: Path) -> None:
        self.api, self.folder = api, folder
        self.key = api.key()
        with db.session(api.engine) as session:
            self.token = open_session(session, api.cast.ada, clock.now())
        self.intake = Intake(api.engine, api.worker.blobs, api.client.app.state.services.queue, api.worker.settings)  # type: ignore[attr-defined]

    def by_api(self, numbers: tuple[int, ...]) -> Iterator[int]:
        for number in numbers:
            body, kind = multipart({}, [("file", hostile(number), content(number, 0))], number)
            yield self.api.send(
                "POST", "/calls", key=self.key, content=body, headers={"content-type": kind}
            ).status_code

    def by_page(self, numbers: tuple[int, ...]) -> Iterator[int]:
        files = [("files", hostile(number), content(number, 1)) for number in numbers]
        rows = "".join(f'"{hostile(number).replace(chr(34), chr(34) * 2)}",C-{number}\n' for number in numbers)
        listed = ("manifest", "list.csv", f"file,external_id\n{rows}".replace("\0", "").encode())
        yield self.post("/calls", {}, [*files, listed], numbers[0])

    def by_pieces(self, numbers: tuple[int, ...]) -> Iterator[int]:
        for number in numbers:
            whole = content(number, 2)
            told = {
                "name": hostile(number).replace("\r", "").replace("\n", ""),
                "size": str(len(whole)),
                "modified": str(number),
            }
            yield self.post("/uploads", {**told, "offset": "0"}, [("piece", "piece", whole)])
            yield self.post("/calls", told, [])

    def by_list(self, numbers: tuple[int, ...]) -> Iterator[int]:
        for number in numbers:
            path = f"/imports?kind=contacts&file_name={quote(hostile(number)[:200])}"
            answer = self.api.send("POST", path, key=self.key, content=b"external_id,started_at\n")
            yield answer.status_code

    def by_folder(self, numbers: tuple[int, ...]) -> Iterator[int]:
        for number in numbers:
            name = (
                hostile(number).replace("/", "∕").replace("\0", "␀").encode()[:240]
                + b"\xff\xfe"[: number % 3]
                + b".json"
            )
            path = Path(os.fsdecode(os.fsencode(self.folder) + b"/" + name.lstrip(b".")))
            path.write_bytes(content(number, 3))
        # By turns, names are refused for what they do not say; those are kept, and shown.
        pattern = read_pattern("{agent}_{external_id}_{queue}") if numbers[0] // BATCH % 2 else None
        watch = Watch(self.folder, None, Telling(ZoneInfo("UTC"), {}, pattern), 0)
        taken = list(watch.look(self.intake, clock.now().timestamp() + 60))
        yield from (201 if one.call_id else 415 for one in taken)

    def post(self, path: str, fields: Mapping[str, str], files: list[tuple[str, str, bytes]], spelling: int = 0) -> int:
        body, kind = multipart(fields, files, spelling)
        headers = {"content-type": kind, "cookie": f"{SESSION_COOKIE}={self.token}", "sec-fetch-site": "same-origin"}
        return int(self.api.client.post(path, content=body, headers=headers, follow_redirects=False).status_code)

    def shown(self) -> str:
        """The pages on which the newest names stand."""
        headers = {"cookie": f"{SESSION_COOKIE}={self.token}"}
        return "".join(self.api.client.get(path, headers=headers).text for path in ("/calls", "/imports"))


@pytest.mark.bar(row=14, full=5000, quick=150)
def test_a_hostile_name_writes_nothing_outside_the_store_and_is_shown_harmlessly(
    api: Api, settings: Settings, tmp_path: Path, bar: Bar
) -> None:
    (tmp_path / "watched").mkdir()
    doors = Doors(api, tmp_path / "watched")
    before, answers = outside(tmp_path, settings.data_dir), Counter[int]()
    for numbers in in_batches(bar.times):
        for door in (doors.by_api, doors.by_page, doors.by_pieces, doors.by_list, doors.by_folder):
            answers.update(door(numbers))
        page = doors.shown()
        for number in numbers:
            name = hostile(number)
            assert "<" not in name or name not in page
        assert "<script>alert" not in page and "<img src=x" not in page
    assert not any(status >= 500 for status in answers), answers
    assert outside(tmp_path, settings.data_dir) == before
    store = settings.data_dir / "blobs"
    keys = [path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file()]
    assert [key for key in keys if not KEY.fullmatch(key)] == []
    names = kept_names(api)
    assert [name for name in names if not _is_harmless(name)] == []
    assert formulas(doors) == []
    tried = sum(answers.values())
    bar.found(
        f"{bar.times:,} names by 5 doors ({tried:,} requests and files, {len(names):,} calls): 0 writes outside the store"
    )


def kept_names(api: Api) -> list[str]:
    with db.session(api.engine, reads_only=True) as session:
        return list(session.exec(select(Call.file_name)))


def _is_harmless(name: str) -> bool:
    plain = not any(unicodedata.category(sign) in ("Cc", "Cs") or sign in TURNING for sign in name)
    return plain and "/" not in name and "\\" not in name and 0 < len(name) <= 255


def formulas(doors: Doors) -> list[str]:
    """Names that a spreadsheet would run, in the list of calls as CSV."""
    answer = doors.api.send("GET", "/calls?limit=200", key=doors.key, headers={"accept": "text/csv"})
    rows = csv.DictReader(io.StringIO(answer.text, newline=""))
    return [row["file_name"] for row in rows if row["file_name"].startswith(FORMULA)]
