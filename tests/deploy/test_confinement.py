"""What runs Callmark gives it no more rights than it needs, asks how it is, and lets it finish."""

import re

import pytest

from tests.deploy.files import containers, objects, pods, services, steps, units

# How long requests that are under way may take when a web server stops, in seconds.
LAST_REQUESTS = 30
OWN = {name: one for name, one in services().items() if "CALLMARK_DATABASE_URL" in one.get("environment", {})}
SERVICES = {name: unit["Service"] for name, unit in units().items() if "Service" in unit}


def test_the_image_is_built_from_what_the_locks_name_and_runs_as_nobody_in_particular() -> None:
    made = [step for step, _ in steps()]
    last = steps()[len(made) - made[::-1].index("FROM") :]
    assert ("USER", "10001:10001") in last
    assert any(step == "HEALTHCHECK" and "/health" in what for step, what in last)
    assert "ADD" not in made
    for step, what in steps():
        if step == "RUN":
            assert not re.search(r"curl|wget|apt-get|https?://", what)
            for installing in re.findall(r"pip install[^&]*|uv build[^&]*", what):
                assert "--require-hashes" in installing or "--no-deps" in installing
        if step == "COPY":
            assert what.split()[0] not in (".", "./", "*")
        if step in ("ARG", "ENV"):
            assert not re.search(r"PASSWORD|SECRET|TOKEN|KEY", what)


@pytest.mark.parametrize("name", OWN)
def test_a_service_of_compose_cannot_write_outside_its_volumes(name: str) -> None:
    service = OWN[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"/tmp", "/var/lib/callmark"} <= {one["target"] for one in service["volumes"]}
    assert "ports" not in service


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, one in services().items() if "ports" in one] == ["proxy"]
    assert services()["database"]["networks"] == services()["store"]["networks"] == ["inside"]


@pytest.mark.parametrize(("name", "pod"), pods())
def test_a_pod_has_no_rights_of_the_cluster_or_of_root(name: str, pod: dict) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert {one["name"] for one in pod["volumes"]} >= {"scratch", "state"} or name.startswith("StatefulSet")


@pytest.mark.parametrize(("name", "container"), containers())
def test_a_container_of_a_pod_cannot_write_outside_its_volumes(name: str, container: dict) -> None:
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "memory" in container["resources"]["limits"]
    assert "/var/lib/callmark" in {one["mountPath"] for one in container["volumeMounts"]}


def test_in_the_cluster_nobody_talks_to_anybody_unless_a_policy_says_so() -> None:
    closed = [one for one in objects("NetworkPolicy") if one["spec"]["podSelector"] == {}]
    assert [one["spec"] for one in closed] == [{"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}]
    (space,) = objects("Namespace")
    assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_of_systemd_is_shut_in(name: str) -> None:
    service = SERVICES[name]
    wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes"}
    wanted |= {"CapabilityBoundingSet": "", "RestrictNamespaces": "yes", "SystemCallArchitectures": "native"}
    assert {key: service[key] for key in wanted} == wanted
    assert service["User"] == "callmark"


def test_web_servers_are_asked_whether_they_are_ready_and_ended_only_when_they_are_dead() -> None:
    for name, container in containers():
        if container.get("args", [""])[0] in ("serve", "worker"):
            asked = {probe: container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("readiness", "liveness")}
            assert asked == {"readiness": "/ready", "liveness": "/health"}, name


def test_whoever_stops_has_the_time_it_needs() -> None:
    (web,) = objects("Deployment")
    (container,) = web["spec"]["template"]["spec"]["containers"]
    drain = {one["name"]: one.get("value") for one in container["env"]}["CALLMARK_DRAIN_SECONDS"]
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert web["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > before + int(drain) + LAST_REQUESTS
    for service in (one for name, one in OWN.items() if name.startswith("web")):
        drain = int(service["environment"]["CALLMARK_DRAIN_SECONDS"])
        assert int(service["stop_grace_period"].removesuffix("s")) > drain + LAST_REQUESTS
    assert int(SERVICES["callmark-web.service"]["TimeoutStopSec"]) > 10 + LAST_REQUESTS


def test_one_web_server_and_one_worker_at_least_stay_while_machines_are_emptied() -> None:
    kept = {one["metadata"]["name"]: one["spec"] for one in objects("PodDisruptionBudget")}
    assert kept["callmark-web"]["minAvailable"] == 1
    assert kept["callmark-worker"]["maxUnavailable"] == 1
    (scaled,) = objects("HorizontalPodAutoscaler")
    assert scaled["spec"]["minReplicas"] == 2
