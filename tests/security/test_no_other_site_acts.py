"""What another site lets a browser send is refused on every route that changes something, and nothing changes."""

import pytest

from app.request import SAFE_METHODS, SESSION_COOKIE
from tests.bar import Bar
from tests.security import permissions
from tests.security.asking import Kept, address, body
from tests.security.test_who_may_do_what import ROUTES, database, site
from tests.security.world import World
from tests.web.conftest import BROWSER

__all__ = ["database", "site"]

# What browsers tell of where a request comes from: new ones, and those that say nothing but the origin.
FOREIGN = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://testserver.evil.example"},
    {"origin": "http://testserver", "sec-fetch-site": "cross-site"},
)


@pytest.mark.bar(row=16, full=len(FOREIGN), quick=1)
def test_nothing_is_done_for_another_site(site: tuple[World, Kept], bar: Bar) -> None:
    opened, kept = site
    lines = [
        line
        for line in permissions.lines().values()
        if line.method not in SAFE_METHODS and not line.path.startswith("/api/")
    ]
    token = opened.web._token(opened.web.cast.ada)
    sent, bypasses = 0, []
    for place, line in enumerate(lines):
        for foreign in [*FOREIGN, *FOREIGN][place % len(FOREIGN) :][: bar.times]:
            headers = {"accept": BROWSER["accept"], "cookie": f"{SESSION_COOKIE}={token}", **foreign}
            content = body(line.method, line.path, ROUTES[line.name], opened.halves[0])
            path = address(line.path, opened.halves[0], line.meant)
            answer = opened.web.client.request(line.method, path, headers=headers, **content)
            sent += 1
            if answer.status_code != 403 or kept.is_changed():
                bypasses.append(f"{line.name} {foreign}: {answer.status_code}")
                kept.bring_back()
    assert bypasses == []
    bar.found(f"{len(lines)} routes that change something, {sent:,} requests of other sites: 0 done")
