"""The files of docs/deploy say what their formats allow, and name what Callmark has: settings, commands, addresses."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import kubernetes_validate
import pytest
import typer
import yaml

from app.cli.commands import app
from app.settings import Settings
from tests.deploy.files import (
    CHOICE,
    COMPOSE,
    DEPLOY,
    containers,
    objects,
    run_by_compose,
    run_by_kubernetes,
    services,
    steps,
    texts,
    units,
)

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
CALLMARK = "/usr/local/lib/callmark/bin/callmark"
# The oldest that knows all that is written there, and the newest that is known here.
KUBERNETES = ["1.30.0", kubernetes_validate.latest_version()]
PAGES = {"docs/cluster.md": (ROOT / "docs" / "cluster.md").read_text()}


def commands() -> list[list[str]]:
    """Every `callmark` command line, without its first word: of services, pods and units, and those that are told of."""
    found = run_by_compose() + run_by_kubernetes()
    for text in [*texts().values(), *PAGES.values()]:
        for command, options in re.findall(r"(?:`|/bin/|exec )callmark ([a-z][a-z-]*)((?: --[a-z-]+)*)", text):
            found.append([command, *options.split()])
    return found


def described(pattern: str, *others: str) -> list[tuple[str, str]]:
    """What a pattern finds, with the file it was found in."""
    return [
        (name, found)
        for name, text in {**texts(), **{other: PAGES[other] for other in others}}.items()
        for found in re.findall(pattern, text)
    ]


def test_compose_knows_every_word_of_its_file() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_knows_every_word_of_its_files(version: str) -> None:
    assert len(objects()) > 10
    for one in objects():
        kubernetes_validate.validate(one, version, strict=True)


def test_kustomize_takes_all_but_secrets_and_the_job_that_comes_first() -> None:
    folder = DEPLOY / "kubernetes"
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    apart = {"kustomization.yaml", "secret.example.yaml", "migrate.yaml"}
    assert set(listed) == {path.name for path in folder.glob("*.yaml")} - apart


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_understands_its_units(tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").glob("callmark*.*"):
        # Callmark need not be installed here.
        (tmp_path / path.name).write_text(path.read_text().replace(CALLMARK, "/bin/true"))
    checked = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in units())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("caddy") is None, reason="Caddy is not on this machine")
def test_caddy_understands_its_file() -> None:
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_every_setting_that_is_named_is_one() -> None:
    named = described(r"CALLMARK_([A-Z_]*[A-Z])", *PAGES)
    known = {name.upper() for name in Settings.model_fields}
    assert len(named) > 20
    assert [(name, setting) for name, setting in named if setting not in known] == []


def test_every_command_that_is_named_is_one() -> None:
    known = {
        name: {word for option in command.params for word in option.opts}
        for name, command in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
    }
    assert {"serve", "worker", "migrate", "backup"} <= {command for command, *_ in commands()}
    for command, *words in commands():
        assert command in known
        assert {word for word in words if word.startswith("-")} <= known[command], command


def test_every_program_that_a_unit_runs_is_callmark() -> None:
    assert {unit["Service"]["ExecStart"].split()[0] for unit in units().values() if "Service" in unit} == {CALLMARK}


def test_images_are_named_by_version() -> None:
    images = [one["image"] for one in services().values()] + [one["image"] for _, one in containers()]
    images += [found.partition("=")[2] for step, found in steps() if step == "ARG" and "/" in found]
    for image in (re.sub(CHOICE, r"\1", image) for image in images):
        name, _, tag = image.rpartition(":")
        assert re.fullmatch(r"\d+(\.\d+)+(-[a-z]+)*", tag), image
        assert tag == VERSION or not name.endswith("callmark"), image


def test_no_file_holds_a_secret() -> None:
    """Names of secrets stand alone, or with where their value comes from."""
    values = described(r"(?:PASSWORD|SECRET|SECRET_ACCESS_KEY|TOKEN|STORE_SECRET|\.key)[:=][ ]?(\S*)")
    assert len(values) > 8
    assert [(name, value) for name, value in values if value not in ("", '""') and not value.startswith("${")] == []
    within = described(r"://([^/\s:@]+:[^/\s@]+)@", *PAGES)
    assert [(name, found) for name, found in within if found != "USER:PASSWORD"] == []


def test_a_worker_has_an_id_of_its_own_that_stays() -> None:
    ids = [words[words.index("--id") + 1] for words in run_by_compose() if words[0] == "worker"]
    assert len(set(ids)) == len(ids) == 2
    (workers,) = objects("StatefulSet")
    (container,) = workers["spec"]["template"]["spec"]["containers"]
    assert {one["name"]: one for one in container["env"]}["CALLMARK_WORKER_ID"] == {
        "name": "CALLMARK_WORKER_ID",
        "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}},
    }
    assert units()["callmark-worker@.service"]["Service"]["ExecStart"] == f"{CALLMARK} worker --id %i"
    # Nothing asks for a second one of the same id.
    assert not any("deploy" in one or "scale" in one for one in services().values())
    assert [words for words in run_by_kubernetes() if words[0] == "worker"] == [["worker"]]


def test_web_servers_of_a_cluster_have_no_worker_beside_them() -> None:
    serving = [words for words in run_by_compose() + run_by_kubernetes() if words[0] == "serve"]
    assert serving == [["serve", "--no-worker"]] * 3
    assert units()["callmark-web.service"]["Service"]["ExecStart"] == f"{CALLMARK} serve --no-worker"
    assert units()["callmark.service"]["Service"]["ExecStart"] == f"{CALLMARK} serve"
