"""The files of docs/deploy, read as what runs them reads them."""

from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
CONTAINERFILE = DEPLOY / "Containerfile"
COMPOSE = DEPLOY / "compose.yaml"
# What stands for a choice that is made outside the file, such as ${IMAGE:-callmark:0.1.0}.
CHOICE = r"\$\{\w+:-([^}]*)\}"

Thing = dict[str, Any]


def texts() -> dict[str, str]:
    """Every file by its path below docs/deploy."""
    return {str(path.relative_to(DEPLOY)): path.read_text() for path in sorted(DEPLOY.rglob("*")) if path.is_file()}


def services() -> dict[str, Thing]:
    """The services of compose.yaml."""
    return yaml.safe_load(COMPOSE.read_text())["services"]


def objects(kind: str | None = None) -> list[Thing]:
    """What the files of Kubernetes describe, all of it or one kind."""
    found = [
        one
        for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
        for one in yaml.safe_load_all(path.read_text())
        if one["kind"] != "Kustomization"
    ]
    return [one for one in found if kind in (None, one["kind"])]


def pods() -> list[tuple[str, Thing]]:
    """Each pod that is asked for, by kind and name of what asks for it."""
    specs = [(one, one.get("spec", {}).get("jobTemplate", one).get("spec", {})) for one in objects()]
    return [
        (f"{one['kind']} {one['metadata']['name']}", spec["template"]["spec"])
        for one, spec in specs
        if "template" in spec
    ]


def containers() -> list[tuple[str, Thing]]:
    """Each container of each pod, the ones that come first among them."""
    return [
        (f"{name}, {container['name']}", container)
        for name, pod in pods()
        for container in [*pod.get("initContainers", []), *pod["containers"]]
    ]


def run_by_compose() -> list[list[str]]:
    """What services let Callmark do: the words behind `callmark`."""
    return [one["command"] for one in services().values() if isinstance(one.get("command"), list)]


def run_by_kubernetes() -> list[list[str]]:
    """What pods let Callmark do: the words behind `callmark`."""
    return [one["args"] for _, one in containers() if "args" in one]


def units() -> dict[str, RawConfigParser]:
    """The units of systemd; where a key stands more than once, the last."""
    found = {}
    for path in sorted((DEPLOY / "systemd").glob("callmark*.*")):
        if path.suffix in (".service", ".timer"):
            found[path.name] = RawConfigParser(strict=False, comment_prefixes=("#",))
            found[path.name].optionxform = str  # type: ignore[assignment,method-assign]
            found[path.name].read(path)
    return found


def steps() -> list[tuple[str, str]]:
    """The steps of the Containerfile: instruction and what follows, lines that go on put together."""
    text = CONTAINERFILE.read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]
