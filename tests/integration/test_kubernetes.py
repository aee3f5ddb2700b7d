"""The Kubernetes manifests: valid by schema, whole, closed, and the same services as docker-compose.yml."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.compose.reading import ROOT, Service, read_services

KUBERNETES = ROOT / "infra" / "kubernetes"
BASE = KUBERNETES / "base"
SCHEMAS = ("1.30", "1.37")
"""The oldest version that is meant to work, and the newest whose schema there is."""
SERVICES = {name: one for name, one in read_services().items() if name != "flows-gpu"}
NAMES_IN_FULL = {f"{name.upper()}_HOST": f"{name}.keepsharp.svc.cluster.local" for name in ("api", "mlflow", "prefect")}
"""HAProxy asks a name server itself, which knows no short names."""


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    """(file, object) of the base."""
    for file in sorted(BASE.glob("*.yaml")):
        if file.name != "kustomization.yaml":
            yield from ((file.name, one) for one in yaml.safe_load_all(file.read_text("utf-8")))


def of_kind(*kinds: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for _, one in manifests() if one["kind"] in kinds}


WORKLOADS = of_kind("Deployment", "StatefulSet")


def pod_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = WORKLOADS[name]["spec"]["template"]["spec"]
    return found


def container_of(name: str) -> dict[str, Any]:
    (found,) = pod_of(name)["containers"]
    return dict(found)


@pytest.mark.parametrize("version", SCHEMAS)
def test_every_object_follows_the_schema(version: str) -> None:
    count = 0
    for file, one in manifests():
        try:
            kubernetes_validate.validate(one, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            pytest.fail(f"{file}, {one['kind']} {one['metadata']['name']}: {error.message}")
        count += 1
    assert count >= 30


def test_schema_check_catches_a_mistake() -> None:
    wrong = yaml.safe_load((BASE / "mlflow.yaml").read_text("utf-8").split("---")[0].replace("args:", "arguments:"))
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, SCHEMAS[-1], strict=True)


def files_named_by(kustomization: Path) -> Iterator[Path]:
    given = yaml.safe_load(kustomization.read_text("utf-8"))
    for resource in given.get("resources", ()):
        path = kustomization.parent / resource
        yield path
        if path.is_dir():
            yield from files_named_by(path / "kustomization.yaml")
    for generator in given.get("configMapGenerator", ()):
        yield from (kustomization.parent / file for file in generator["files"])


@pytest.mark.parametrize("overlay", ["local", "gpu"])
def test_kustomizations_name_files_that_are_there_and_leave_none_out(overlay: str) -> None:
    named = {path.resolve() for path in files_named_by(KUBERNETES / "overlays" / overlay / "kustomization.yaml")}
    assert all(path.exists() for path in named), [path for path in named if not path.exists()]
    assert {path.resolve() for path in BASE.glob("*.yaml")} - named == {(BASE / "kustomization.yaml").resolve()}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is NOT installed: Kustomize built nothing here")
@pytest.mark.parametrize("overlay", ["local", "gpu"])
def test_kustomize_builds_each_overlay(tmp_path: Path, overlay: str) -> None:
    infra = tmp_path / "infra"
    for part in ("kubernetes", "docker", "grafana", "prometheus", "proxy"):
        shutil.copytree(ROOT / "infra" / part, infra / part, ignore=shutil.ignore_patterns("secrets"))
    folder = infra / "kubernetes" / "overlays" / overlay
    subprocess.run(["sh", infra / "docker" / "prepare.sh", folder / "secrets"], check=True, capture_output=True)
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    built = list(yaml.safe_load_all(done.stdout))
    for one in built:
        kubernetes_validate.validate(one, SCHEMAS[-1], strict=True)
    assert {one["kind"] for one in built} >= {"ConfigMap", "Deployment", "StatefulSet", "NetworkPolicy"}
    (flows,) = [one for one in built if one["kind"] == "Deployment" and one["metadata"]["name"] == "flows"]
    image = flows["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == SERVICES["flows"].image + ("-cu128" if overlay == "gpu" else "")


def test_the_secrets_of_the_local_overlay_are_those_that_the_compose_file_declares() -> None:
    given = yaml.safe_load((KUBERNETES / "overlays" / "local" / "kustomization.yaml").read_text("utf-8"))
    (secret,) = given["secretGenerator"]
    files = {Path(file).name for file in secret["files"]}
    assert files == {name for service in SERVICES.values() for name in service.secrets}
    assert not [one for _, one in manifests() if one["kind"] == "Secret"], "a secret in the repository"


def test_every_service_is_there_and_no_other() -> None:
    assert WORKLOADS.keys() == SERVICES.keys()
    assert of_kind("Service").keys() >= SERVICES.keys() - {"flows"}


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_commands_variables_images_and_users_are_those_of_the_compose_file(service: Service) -> None:
    container, pod = container_of(service.name), pod_of(service.name)
    assert container["image"] == service.image
    assert "command" not in container, "the image's entry point stays"
    assert tuple(container.get("args", ())) == service.command
    given = {one["name"]: one["value"] for one in container.get("env", ())}
    assert given == {name: NAMES_IN_FULL.get(name, value) for name, value in service.environment.items()}
    context = pod["securityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == service.given["user"]
    grace = int(str(service.given.get("stop_grace_period", "30s")).rstrip("s"))
    assert pod["terminationGracePeriodSeconds"] == grace


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_health_is_asked_as_the_compose_file_asks_it(service: Service) -> None:
    container = container_of(service.name)
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        given = container[probe]
        if "exec" in given:
            assert tuple(given["exec"]["command"]) == service.health
            continue
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/\S*)", service.health[-1])
        assert found is not None
        # whether it is alive is another question than whether the database answers
        path = "/livez" if service.name == "api" and probe != "readinessProbe" else found[2]
        assert (given["httpGet"]["port"], given["httpGet"]["path"]) == (int(found[1]), path)


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_volumes_and_secrets_are_mounted_where_the_compose_file_has_them(service: Service) -> None:
    pod, container = pod_of(service.name), container_of(service.name)
    mounted = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    for source, target, only_read in service.mounts:
        here = [path for path in mounted if path == target or path.startswith(f"{target}/")]
        assert here, f"{source} at {target}"
        assert all(mounted[path].get("readOnly", False) == only_read for path in here)
    assert all(name["name"] in {*volumes, "postgres"} for name in container["volumeMounts"])
    items = {item["key"] for item in volumes["secrets"]["secret"]["items"]}
    assert items == set(service.secrets), "each gets its own secrets alone"
    assert mounted["/run/secrets"]["readOnly"] is True
    tmpfs = {given.partition(":")[0] for given in service.given.get("tmpfs", ())}
    assert tmpfs == {mounted_at for mounted_at, one in mounted.items() if "emptyDir" in volumes.get(one["name"], {})}
    claims = of_kind("PersistentVolumeClaim")
    named = [one["persistentVolumeClaim"]["claimName"] for one in pod["volumes"] if "persistentVolumeClaim" in one]
    assert set(named) <= claims.keys()


@pytest.mark.parametrize("name", WORKLOADS)
def test_no_pod_has_more_rights_than_the_strictest_profile_gives(name: str) -> None:
    pod, container = pod_of(name), container_of(name)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()


def test_replicas_survive_a_node_that_is_emptied_and_grow_with_load() -> None:
    budgets, scaled = of_kind("PodDisruptionBudget"), of_kind("HorizontalPodAutoscaler")
    assert budgets.keys() == {"api", "proxy"}
    assert scaled["api"]["spec"]["minReplicas"] >= 2
    assert "replicas" not in WORKLOADS["api"]["spec"], "it would be set back at each apply"
    assert WORKLOADS["proxy"]["spec"]["replicas"] >= 2
    for name, budget in budgets.items():
        labels = budget["spec"]["selector"]["matchLabels"]
        assert labels.items() <= WORKLOADS[name]["spec"]["template"]["metadata"]["labels"].items()


def selected(peer: dict[str, Any]) -> str:
    name: str = peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
    return name


def test_policies_let_each_reach_what_the_compose_networks_let_it_reach_and_no_more() -> None:
    policies = of_kind("NetworkPolicy")
    nothing = policies.pop("nothing-by-default")["spec"]
    assert (nothing["podSelector"], set(nothing["policyTypes"])) == ({}, {"Ingress", "Egress"})
    assert policies.pop("names")["spec"]["policyTypes"] == ["Egress"]
    assert policies.keys() == SERVICES.keys()
    out, into = set(), set()
    for name, policy in policies.items():
        for rule in policy["spec"].get("egress", ()):
            out |= {(name, selected(peer)) for peer in rule["to"] if "podSelector" in peer}
        for rule in policy["spec"].get("ingress", ()):
            into |= {(selected(peer), name) for peer in rule.get("from", ())}
    assert out == into, "what one side lets through the other has to let in"
    for one, other in out:
        assert set(SERVICES[one].networks) & set(SERVICES[other].networks), f"{one} reaches {other}"
    needed = {(name, waits) for name, service in SERVICES.items() for waits in service.waits_for}
    assert needed <= out
    ways_out = {name for name, one in policies.items() if "ipBlock" in str(one["spec"].get("egress", ""))}
    assert ways_out == {name for name, service in SERVICES.items() if "outside" in service.networks}
    assert all("169.254.0.0/16" in str(policies[name]) for name in ways_out), "the metadata of a cloud"
