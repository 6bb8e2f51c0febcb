"""Every route, asked by every kind of person with real things of a team: answered as the table says, telling nobody
what is not for them, and what is refused changes nothing.
"""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.dependencies.models import Dependant

from app.accounts.models import Role, Scope, User
from app.request import KeyGuard
from app.settings import Settings
from tests.bar import DATABASES, Bar
from tests.databases import PostgresqlDatabases, SqliteDatabases
from tests.security import permissions
from tests.security.asking import Kept, address, ask, body, routes
from tests.security.permissions import sign_of
from tests.security.world import PEOPLE, World, world

ROUTES = {f"{method} {path}": route for method, path, route in routes()}
TABLE = permissions.lines()
ROLES = {"ada": Role.ADMIN, "sam": Role.SUPERVISOR, "remy": Role.REVIEWER, "dana": Role.AGENT}
# What lists are asked for beside: things of both teams, by all names that filters have.
NARROWED = ("", "team=Team A", "agent=dana", "agent=kenji", "team=Team B", "q=zanzibar", "q=quokka", "words=quokka")


@pytest.fixture(scope="module", params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which database holds the two teams."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Kept]]:
    """The two teams, and how everything was before somebody asked."""
    folder, beside = tmp_path_factory.mktemp("world"), tmp_path_factory.mktemp("kept")
    databases: SqliteDatabases | PostgresqlDatabases = request.getfixturevalue(database)
    with databases.fresh(folder) as url, databases.fresh(beside) as copy:
        settings = Settings(data_dir=folder, database_url=url, blind_share=0, double_share=0, api_per_minute=0)
        with world(settings) as opened:
            for who in filter(None, PEOPLE):
                opened.web.get(opened.people[who], "/me")
                for scope in Scope:
                    opened.key(who, scope)
            opened.keys["expired"] = opened.key("ada", Scope.ADMIN, length=timedelta(seconds=-1))
            opened.keys["revoked"] = revoked(opened)
            yield opened, Kept(settings, databases, copy)


def asked_by(place: int, people: int, few: tuple[str, ...] = ("bea", "kenji", "charlie", "mei", "")) -> list[str]:
    """Who asks a route: everybody, or where there is no time for that, in turn one of those who have no part in it."""
    return list(PEOPLE) if people == len(PEOPLE) else [few[place % len(few)]]


def test_every_route_stands_in_the_table_and_nothing_else() -> None:
    assert ROUTES.keys() - TABLE.keys() == set(), "say in tests/security/permissions.txt who may do this"
    assert TABLE.keys() - ROUTES.keys() == set()


def test_the_table_says_of_roles_and_scopes_what_the_routes_say() -> None:
    for name, line in TABLE.items():
        policy, scope = guard_of(ROUTES[name].dependant)
        assert line.scope == scope, name
        if policy is not None:
            for who, role in ROLES.items():
                assert policy(person(role)) or line.sign(who) == "3", f"{name}: {who}"
            assert line.sign("") == "1", name


@pytest.mark.bar(row=15, full=len(PEOPLE), quick=1)
def test_everybody_is_answered_as_the_table_says_and_told_nothing_else(site: tuple[World, Kept], bar: Bar) -> None:
    opened, kept = site
    wrong, leaks, changed, sent = [], [], [], 0
    asked = list(TABLE.items())[:: 1 if bar.is_full else 3]
    for place, (name, line) in enumerate(asked):
        half, route = opened.halves[0], ROUTES[name]
        for who in asked_by(place, bar.times):
            path = address(line.path, half, line.meant)
            answer = ask(opened, who, line.method, path, **body(line.method, line.path, route, half))
            sent += 1
            if sign_of(answer) != line.sign(who):
                wrong.append(
                    f"{name}: {who or 'nobody'} {line.sign(who)}, came {sign_of(answer)} {answer.text[:300]!r}"
                )
            leaks += [f"{name}: {who} read {word}" for word in opened.leaked(who, answer.text)]
            if kept.is_changed():
                if sign_of(answer) in "134" and line.path != "/sign-in":
                    changed.append(f"{name}: {who}")
                kept.bring_back()
    assert (wrong, leaks, changed) == ([], [], []), "\n".join([*wrong, *leaks, *changed])
    bar.found(
        f"{len(asked)} routes, {sent:,} requests as the table says; 0 leaks, 0 refused ones that changed something"
    )


@pytest.mark.bar(row=15, full=len(PEOPLE), quick=1)
def test_no_list_tells_of_another_team_however_it_is_narrowed(site: tuple[World, Kept], bar: Bar) -> None:
    opened, _ = site
    lists = [line for line in TABLE.values() if line.method == "GET" and "{" not in line.path]
    leaks, sent = [], 0
    for place, line in enumerate(lists):
        for who in asked_by(place, bar.times, few=("bea",)):
            for narrowed in NARROWED if bar.is_full else NARROWED[place % len(NARROWED) :][:1]:
                answer = ask(opened, who, "GET", f"{line.path}?{narrowed}")
                sent += 1
                leaks += [f"{line.path}?{narrowed}: {who} read {word}" for word in opened.leaked(who, answer.text)]
                assert answer.status_code < 500, f"{line.path}?{narrowed}"
    assert leaks == []
    bar.found(f"{len(lists)} lists and pages, {sent:,} requests that ask for others' things: 0 leaks")


@pytest.mark.bar(row=16, full=len(Scope), quick=1)
def test_a_key_opens_only_what_its_scope_says(site: tuple[World, Kept], bar: Bar) -> None:
    opened, kept = site
    lines = [line for line in TABLE.values() if line.scope][:: 1 if bar.is_full else 3]
    bypasses, sent = [], 0
    for place, line in enumerate(lines):
        half = opened.halves[0]
        who = next(one for one in PEOPLE if line.sign(one) in "+~")
        for scope in [*Scope, *Scope][place % len(Scope) :][: bar.times]:
            path = address(line.path, half, line.meant)
            content = body(line.method, line.path, ROUTES[line.name], half)
            headers = {**content.pop("headers", {}), "Authorization": f"Bearer {opened.key(who, scope)}"}
            answer = opened.web.client.request(line.method, path, headers=headers, **content)
            sent += 1
            is_let_in = answer.status_code != 403
            if is_let_in != (scope.value in (line.scope, Scope.ADMIN.value)):
                bypasses.append(f"{line.name} with {scope}: {answer.status_code}")
            kept.bring_back()
    assert bypasses == []
    bar.found(f"{len(lines)} routes of the API, {sent:,} requests with keys of one scope: 0 bypasses")


@pytest.mark.bar(row=16, full=4, quick=1)
def test_a_key_that_ended_opens_nothing(site: tuple[World, Kept], bar: Bar) -> None:
    opened, kept = site
    ended = [opened.keys["expired"], opened.keys["revoked"], opened.key("ada")[:-1], opened.key("ada").upper()]
    sent, bypasses = 0, []
    for place, line in enumerate(line for line in TABLE.values() if line.scope):
        for secret in [*ended, *ended][place % len(ended) :][: bar.times]:
            path = address(line.path, opened.halves[0], line.meant)
            answer = opened.web.client.request(line.method, path, headers={"Authorization": f"Bearer {secret}"})
            sent += 1
            if answer.status_code != 401:
                bypasses.append(f"{line.name}: {answer.status_code}")
    assert not kept.is_changed()
    assert bypasses == []
    bar.found(f"{sent:,} requests with keys that expired, were revoked or bent: 0 bypasses")


def revoked(opened: World) -> str:
    """A key that an administrator made and revoked."""
    made = ask(opened, "ada", "POST", "/api/v1/keys", json={"name": "x", "scopes": ["admin"]}).json()
    assert ask(opened, "ada", "DELETE", f"/api/v1/keys/{made['id']}").status_code == 200
    secret: str = made["secret"]
    return secret


def guard_of(needs: Dependant) -> tuple[Callable[[User], bool] | None, str]:
    """The policy of a route, and the scope of its key."""
    if isinstance(needs.call, KeyGuard):
        return needs.call.policy, needs.call.scope.value
    if getattr(needs.call, "__qualname__", "") == "Allow.<locals>.guard":
        policy: Callable[[User], bool] = inspect.getclosurevars(needs.call).nonlocals["policy"]  # type: ignore[arg-type]
        return policy, ""
    found = (guard_of(one) for one in needs.dependencies)
    return next((one for one in found if one[0] is not None), (None, ""))


def person(role: Role) -> User:
    """Somebody of this role, of no team."""
    return User(username="x", name="x", role=role, created_at=datetime.min.replace(tzinfo=UTC))
