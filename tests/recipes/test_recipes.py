"""The recipes of docs/recipes do what they say, against the real service; and a typed client can be made of the API."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app.accounts.models import Scope
from app.accounts.service import add_api_key
from app.domain.evidence import Verdict
from app.kit import clock, db
from app.kit.db import id_of
from app.request import actor
from app.reviews import queries as reviews
from app.reviews import service as review_service
from tests.browser.conftest import Site, serving
from tests.databases import SqliteDatabases

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
TURNS = [
    {"speaker": "agent", "start": 0, "end": 3, "text": "Thank you for calling Merrow Bank, how can I help you?"},
    {"speaker": "customer", "start": 4, "end": 6, "text": "My card was declined."},
    {"speaker": "agent", "start": 7, "end": 9, "text": "Is there anything else? Thank you for calling."},
]


@dataclass(frozen=True)
class Service:
    """The running service, and a key to it."""

    site: Site
    key: str

    def run(self, *words: str, cwd: Path) -> str:
        """What a recipe writes."""
        told = {**os.environ, "CALLMARK_URL": self.site.url, "CALLMARK_KEY": self.key, "PYTHONPATH": str(cwd)}
        done = subprocess.run(
            [sys.executable, *words], env=told, cwd=cwd, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def service(sqlite: SqliteDatabases, tmp_path: Path) -> Iterator[Service]:
    with serving(sqlite, tmp_path) as site:
        with db.session(site.engine) as session:
            key = add_api_key(
                session,
                name="recipes",
                scopes=[Scope.CALLS_WRITE, Scope.SCORES_READ],
                owner=site.cast.ada,
                now=clock.now(),
                length=timedelta(days=1),
            )
        yield Service(site, key)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the switch: one call with a proper name, one without."""
    made = tmp_path / "spool"
    made.mkdir()
    for name in ("20261001-093000_dana_C-17.json", "stray.json"):
        (made / name).write_text(json.dumps({"language": "en", "turns": TURNS}))
    return made


def push(service: Service, folder: Path, tmp_path: Path) -> str:
    # Transcripts stand for recordings here, so that nobody has to listen.
    recipe = tmp_path / "push.py"
    written = (RECIPES / "push_recordings.py").read_text()
    assert '".wav"' in written
    recipe.write_text(written.replace('".wav"', '".json"'))
    return service.run(str(recipe), str(folder), cwd=tmp_path)


def submitted(service: Service, call_id: int) -> None:
    """The call was scored, and Alice passed every item."""
    site = service.site
    for step in (site.worker.transcribe, site.worker.evaluate, site.worker.offer):
        step(call_id, 1)
    with db.session(site.engine) as session:
        review, alice = reviews.of_call(session, call_id), site.cast.alice
        assert review is not None
        for finding in review_service.standing(session, review).findings:
            review_service.decide(
                session, id_of(review), finding.id, Verdict.PASS, alice, actor(alice), reason_code="misheard"
            )
        review_service.submit(session, id_of(review), alice, actor(alice))


def test_a_folder_is_sent_and_sent_again_and_its_week_is_read(service, folder, tmp_path):
    assert push(service, folder, tmp_path).splitlines() == [
        "20261001-093000_dana_C-17.json: call 1, new",
        "stray.json: left alone: its name is not as NAME says",
    ]
    assert "call 1, here before" in push(service, folder, tmp_path)
    submitted(service, 1)
    told = service.run(str(RECIPES / "weekly_pass_rates.py"), "2026-10-01", "2026-11-01", cwd=tmp_path)
    header, _, row = told.strip().splitlines()
    assert header.split()[:5] == ["n", "passed", "rate", "ci_low", "ci_high"]
    assert row.split()[:6] == ["Team", "A", "2026-W40", "1", "1", "1.0"]


USE = """
import os
from callmark_client import AuthenticatedClient
from callmark_client.api.calls import list_calls
from callmark_client.api.metrics import get_pass_rate
from callmark_client.models import GroupBy, PassRateOut

client = AuthenticatedClient(base_url=os.environ["CALLMARK_URL"], token=os.environ["CALLMARK_KEY"])
rates = get_pass_rate.sync(client=client, group_by=[GroupBy.TEAM], from_="2026-10-01", to="2026-11-01")
assert isinstance(rates, PassRateOut), rates
print([(group.team, group.n, group.passed) for group in rates.groups], rates.total.n)
print([(call.external_id, call.agent) for call in list_calls.sync(client=client).items])
"""


def test_a_typed_client_is_made_from_what_the_api_says_of_itself(service, folder, tmp_path):
    push(service, folder, tmp_path)
    submitted(service, 1)
    described = httpx.get(f"{service.site.url}/api/v1/openapi.json", timeout=120)
    (tmp_path / "openapi.json").write_text(described.text)
    made = subprocess.run(
        [
            shutil.which("openapi-python-client", path=str(Path(sys.executable).parent)) or "openapi-python-client",
            *("generate", "--path", "openapi.json", "--meta", "none", "--output-path", "callmark_client"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    # It leaves out what it does not understand, and says so.
    assert (made.returncode, "Unable" in made.stdout + made.stderr) == (0, False), made.stdout + made.stderr
    (tmp_path / "use.py").write_text(USE)
    rates, calls = service.run("use.py", cwd=tmp_path).splitlines()
    assert rates == "[('Team A', 1, 1)] 1"
    assert calls == "[('C-17', 'dana')]"
