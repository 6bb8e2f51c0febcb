"""The log tells of webhooks, and never the address that they are sent to."""

from pathlib import Path

from sqlmodel import Session

from app.kit import db
from app.settings import Settings
from app.webhooks.keeping import Keeper
from tests.cast import make_cast
from tests.databases import SqliteDatabases
from tests.faults.processes import until
from tests.faults.served import serve
from tests.webhooks.conftest import Site
from tests.webhooks.receiver import receiver

TOKEN = "zebediah"


def test_the_log_of_a_worker_beside_a_server_does_not_tell_where_webhooks_go(
    sqlite: SqliteDatabases, tmp_path: Path
) -> None:
    here = {"CALLMARK_WEBHOOK_HTTP": "true", "CALLMARK_WEBHOOK_PRIVATE": "true"}
    with sqlite.fresh(tmp_path) as url, receiver() as other:
        settings, engine = Settings(data_dir=tmp_path, database_url=url), db.make_engine(url)
        with Session(engine, expire_on_commit=False) as session:
            cast = make_cast(session)
            session.commit()
        site = Site(engine, cast, Keeper(settings.webhook_key))
        site.subscribe(f"{other.url}?token={TOKEN}")
        site.score()
        engine.dispose()
        with serve(settings, **here) as served:
            until(lambda: any(TOKEN in one.path for one in other.came))
            # It ends in good order, so that nothing of its log is missing.
            served.process.terminate()
            served.process.wait()
            assert "/hook" not in served.log
            assert TOKEN not in served.log
