"""The compose file and the Dockerfile, checked without a container engine.

`make test-compose` runs what the file says, as processes.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compose.living import found_in
from tests.compose.reading import (
    COMPOSE,
    DOCKERFILE,
    ROOT,
    Service,
    dockerfile_list,
    read_document,
    read_services,
    started_by,
)

BIN = Path(sys.executable).parent
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}")
SERVICES = read_services()


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, cwd=ROOT)


def test_compose_file_follows_the_schema() -> None:
    done = _run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)
    assert done.returncode == 0, done.stdout


def test_schema_check_catches_a_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(COMPOSE.read_text(encoding="utf-8").replace("healthcheck:", "healthcheque:", 1))
    assert _run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", wrong).returncode != 0


def test_dockerfile_has_no_known_mistakes() -> None:
    done = _run(BIN / "hadolint", DOCKERFILE)
    assert done.returncode == 0, done.stdout


def test_every_command_of_ours_exists_with_its_options() -> None:
    commands = {service.command for service in SERVICES.values() if service.command[:1] == ("keepsharp",)}
    for command in {*commands, dockerfile_list("CMD")}:
        done = _run(BIN / "keepsharp", command[1], "--help")
        assert done.returncode == 0, done.stderr
        for option in (word for word in command if word.startswith("--")):
            assert option in done.stdout


def test_each_profile_starts_what_it_is_for() -> None:
    service = {"postgres", "mlflow", "prefect", "api", "proxy"}
    assert set(started_by(SERVICES, "core")) == service | {"flows"}
    assert set(started_by(SERVICES, "gpu")) == service | {"flows-gpu"}, "one kind of flows, not both"
    assert set(started_by(SERVICES, "observability")) == {"prometheus", "alertmanager", "grafana"}
    assert all(one.profiles for one in SERVICES.values()), "it would start whatever is asked for"


def test_flows_on_a_card_are_the_same_flows() -> None:
    cpu, gpu = SERVICES["flows"], SERVICES["flows-gpu"]
    assert (cpu.command, cpu.environment, cpu.health) == (gpu.command, gpu.environment, gpu.health)
    assert gpu.given["build"]["args"] == {"TORCH_BACKEND": "cu128"}
    (device,) = gpu.given["deploy"]["resources"]["reservations"]["devices"]
    assert device["driver"] == "nvidia"


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_no_service_has_more_rights_than_it_needs(service: Service) -> None:
    given = service.given
    user, _, group = given["user"].partition(":")
    assert int(user) > 0, "root"
    assert group.isdecimal()
    assert given["read_only"] is True
    assert given["cap_drop"] == ["ALL"]
    assert "cap_add" not in given
    assert given["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "network_mode", "pid", "ipc"} & given.keys()
    writable = [source for source, _, only_read in service.mounts if not only_read]
    assert set(writable) <= set(read_document()["volumes"]), "only named volumes are written to"


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_who_is_waited_for_can_be_healthy_and_starts_with_it(service: Service) -> None:
    for needed in service.waits_for:
        assert service.given["depends_on"][needed] == {"condition": "service_healthy"}
        assert SERVICES[needed].health, f"{service.name} waits for {needed}, which never says that it is well"
        assert set(service.profiles) <= set(SERVICES[needed].profiles)


def test_api_waits_for_the_database_alone() -> None:
    assert SERVICES["api"].waits_for == ("postgres",), "MLflow and Prefect may be away"


def test_images_of_others_are_pinned_to_a_version_and_a_digest() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.M)
    images = [service.image for service in SERVICES.values() if not service.is_ours]
    assert len(images) == 5
    for image in (*images, *bases):
        assert PINNED.fullmatch(image), image


def test_nothing_is_published_beyond_this_host_but_tls() -> None:
    published = [port for service in SERVICES.values() for port in service.ports]
    assert all(port.startswith("127.0.0.1:") for port in published)
    opened = [port for service in read_services({"KEEPSHARP_BIND": "0.0.0.0"}).values() for port in service.ports]
    assert [port for port in opened if not port.startswith("127.0.0.1:")] == ["0.0.0.0:8443:8443"]


def test_networks_keep_apart_what_has_no_business_with_each_other() -> None:
    internal = {name for name, given in read_document()["networks"].items() if (given or {}).get("internal")}
    reach = {name: set(service.networks) for name, service in SERVICES.items()}
    assert {name for name, networks in reach.items() if networks <= internal} == {
        *("postgres", "mlflow", "prefect", "prometheus")
    }, "these have no way out"
    for outsider in ("proxy", "prometheus", "alertmanager", "grafana"):
        assert not reach[outsider] & reach["postgres"]
    for watcher in ("prometheus", "alertmanager", "grafana"):
        assert not reach[watcher] & (reach["mlflow"] | reach["prefect"])
    for service in SERVICES.values():
        assert not service.ports or "published" in service.networks
        assert all(reach[service.name] & reach[needed] for needed in service.waits_for)


def test_no_secret_has_a_default_and_each_is_given_to_who_needs_it(tmp_path: Path) -> None:
    document = read_document()
    declared = document["secrets"]
    for name, given in declared.items():
        assert given == {"file": f"./secrets/{name}"}
    for service in SERVICES.values():
        named = {Path(value).name for value in service.environment.values() if value.startswith("/run/secrets/")}
        unread = set(service.secrets) - named
        assert named <= set(service.secrets), "a file that is not there"
        assert unread <= {
            "postgres": {"keepsharp_password", "mlflow_password", "prefect_password"},  # databases.sh reads them
            "prometheus": {"prometheus_key"},  # deployed.yml names it
            "alertmanager": {"alert_webhook_url"},
        }.get(service.name, set())
        for name, value in service.environment.items():
            secret = re.search(r"PASSWORD|SECRET|TOKEN|AUTH_STRING|TARGETS", name)
            assert not secret or value.startswith("/run/secrets/") or "COOKIE" in name or "GRAVATAR" in name, name
    made = _run("sh", ROOT / "infra" / "docker" / "prepare.sh", tmp_path / "made")
    assert made.returncode == 0, made.stderr
    assert set(declared) <= {file.name for file in (tmp_path / "made").iterdir()}


def test_secrets_are_made_once_at_random_and_for_their_owner_alone(tmp_path: Path) -> None:
    script = ROOT / "infra" / "docker" / "prepare.sh"
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        done = subprocess.run(["sh", script], cwd=tmp_path / place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    one, two = ({file.name: file.read_text() for file in (tmp_path / place / "secrets").iterdir() if file.is_file()}
                for place in ("one", "two"))  # fmt: skip
    fixed = {"targets", "prometheus_key", "alert_webhook_url"}
    assert {name for name in one if one[name] == two[name]} == fixed
    assert all(len(one[name]) >= 48 for name in one.keys() - fixed)
    assert one["operator_header"].startswith("Basic ")
    assert "\n" not in one["operator_header"]
    assert stat.S_IMODE((tmp_path / "one" / "secrets").stat().st_mode) == 0o700
    assert (tmp_path / "one" / ".env").read_text().startswith("COMPOSE_PROFILES=core\n")
    again = subprocess.run(["sh", script], cwd=tmp_path / "one", capture_output=True, text=True, check=True)
    assert again.stdout == ""
    assert one == {file: (tmp_path / "one" / "secrets" / file).read_text() for file in one}


def test_entry_point_hands_secrets_over_and_becomes_the_command(tmp_path: Path) -> None:
    start = ROOT / "infra" / "docker" / "with_secrets.py"
    (tmp_path / "password").write_text("hunter2\n")
    shown = [sys.executable, "-c", "import os; print(os.getpid(), os.environ.get('PGPASSWORD'))"]
    environment = {**os.environ, "PGPASSWORD_FILE": str(tmp_path / "password")}
    with subprocess.Popen([sys.executable, start, *shown], env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.communicate()[0].split() == [str(child.pid), "hunter2"]
    environment["PGPASSWORD_FILE"] = str(tmp_path / "absent")
    done = subprocess.run([sys.executable, start, *shown], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "prepare.sh" in done.stderr


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is NOT installed: its own check did not run")
@pytest.mark.parametrize("dns", [{}, {"DNS_SERVER": "127.0.0.1:53"}])
def test_proxy_finds_its_configuration_valid(tmp_path: Path, dns: dict[str, str]) -> None:
    (tmp_path / "header").write_text("Basic eDp5")
    environment = {**SERVICES["proxy"].environment, "OPERATOR_HEADER": str(tmp_path / "header"), **dns}
    command = ["haproxy", "-c", "-f", str(ROOT / "infra" / "proxy" / "haproxy.cfg")]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], **environment}
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower()


def test_health_check_tells_well_from_ill() -> None:
    answers = ROOT / "infra" / "docker" / "answers.py"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        child = subprocess.Popen([sys.executable, answers, f"http://127.0.0.1:{port}/"], stderr=subprocess.DEVNULL)
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        assert child.wait(20) == 0
    assert _run(sys.executable, answers, f"http://127.0.0.1:{port}/").returncode == 1


def test_a_secret_that_got_out_is_found_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log").write_bytes(b"\x00 password=hunter2hunter2 \xff")
    (tmp_path / "log").write_text("nothing")
    assert found_in(tmp_path, ["hunter2hunter2", "other"]) == ["deep/log"]
    assert found_in(tmp_path, ["absent"]) == []
