"""`callmark user` and `callmark key`: people and API keys from the command line."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from app.cli.options import DataDirOption, settings_with

# Under which name the ledger tells what was done here.
COMMAND_LINE = "command line"

user = typer.Typer(no_args_is_help=True, help="People who sign in.")
key = typer.Typer(no_args_is_help=True, help="API keys of REST clients.")


@user.command("add")
def add_user(
    username: str,
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[str, typer.Option(help="admin, supervisor, reviewer or agent.")] = "reviewer",
    team: Annotated[str | None, typer.Option(help="Their team, which is added if it is new.")] = None,
    data_dir: DataDirOption = None,
) -> None:
    """Add a person; the password is read from the terminal, or from standard input."""
    from app.accounts import service
    from app.accounts.models import Role
    from app.cli.serving import prepare_databases
    from app.kit import clock, db
    from app.ledger.service import Actor, record_account

    if role not in {one.value for one in Role}:
        raise typer.BadParameter(f"{role!r} is none of {', '.join(one.value for one in Role)}", param_hint="--role")
    settings = settings_with(data_dir=data_dir)
    password = typer.prompt("Password", hide_input=True)
    prepare_databases(settings)
    with db.session(db.make_engine(settings.database)) as session:
        team_id = service.team_called(session, team).id if team else None
        added = service.add_user(
            session,
            username=username,
            name=name,
            role=Role(role),
            now=clock.now(),
            password=password,
            team_id=team_id,
        )
        told: dict[str, Any] = {"name": name, "username": added.username, "role": role, "team_id": team_id}
        record_account(session, Actor(COMMAND_LINE, clock.now()), "user.added", user_id=added.id, **told)
    typer.echo(f"{username} can sign in.")


@user.command("set-password")
def set_password(username: str, data_dir: DataDirOption = None) -> None:
    """Give a person a new password and end their sessions; it is read from the terminal, or from standard input.

    It works for administrators also where people do not sign in with passwords (CALLMARK_PASSWORD_SIGN_IN=off).
    """
    from app.accounts import queries, service
    from app.cli.serving import prepare_databases
    from app.kit import clock, db
    from app.ledger.service import Actor, record_account

    settings = settings_with(data_dir=data_dir)
    password = typer.prompt("Password", hide_input=True)
    prepare_databases(settings)
    with db.session(db.make_engine(settings.database)) as session:
        person = queries.user_named(session, username)
        if person is None:
            raise typer.BadParameter("there is no such person", param_hint="USERNAME")
        service.set_password(session, person, password)
        record_account(
            session, Actor(COMMAND_LINE, clock.now()), "user.password_set", user_id=person.id, by="command line"
        )
    typer.echo(f"{person.username} can sign in with the new password.")


@key.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    scopes: Annotated[str, typer.Option(help="Comma-separated: calls:write, scores:read, scores:write, export:read.")],
    owner: Annotated[str | None, typer.Option(help="Whose view of the calls it has; else the first admin's.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is valid.")] = 90,
    data_dir: DataDirOption = None,
) -> None:
    """Make an API key; its secret is shown this once, alone on standard output."""
    from app.accounts import queries, service
    from app.accounts.models import Role, Scope
    from app.kit import clock, db
    from app.ledger.service import Actor, record_account

    known = {one.value for one in Scope}
    wanted = [one.strip() for one in scopes.split(",") if one.strip()]
    if not wanted or not set(wanted) <= known:
        raise typer.BadParameter(f"choose from {', '.join(sorted(known))}", param_hint="--scopes")
    settings = settings_with(data_dir=data_dir)
    with db.session(db.make_engine(settings.database)) as session:
        people = [one for one in queries.users(session) if one.active]
        found = [one for one in people if one.username == owner or (owner is None and one.role == Role.ADMIN)]
        if not found:
            raise typer.BadParameter("there is no such person" if owner else "there is no administrator yet")
        secret = service.add_api_key(
            session,
            name=name,
            scopes=[Scope(one) for one in wanted],
            owner=found[0],
            now=clock.now(),
            length=timedelta(days=days),
        )
        made = queries.api_key(session, service.digest(secret))
        if made is not None:
            told: dict[str, Any] = {"name": name, "scopes": wanted, "expires": made.expires_at}
            record_account(session, Actor(COMMAND_LINE, clock.now()), "key.made", key_id=made.id, **told)
    typer.echo(secret)
