"""The compose file and the Dockerfile, checked without a container engine."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "infra" / "docker" / "Dockerfile"
BIN = Path(sys.executable).parent


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    return found


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


def test_every_command_of_ours_exists_with_its_options(services: dict[str, Any]) -> None:
    ours = [s["command"] for s in services.values() if s.get("command", [""])[0] == "keepsharp"]
    ours.append(re.findall(r'"([^"]+)"', re.findall(r"^CMD (.*)$", DOCKERFILE.read_text(encoding="utf-8"), re.M)[-1]))
    assert {command[1] for command in ours} == {"serve", "flows"}
    for command in ours:
        done = _run(BIN / "keepsharp", command[1], "--help")
        assert done.returncode == 0, done.stderr
        for option in (word for word in command if word.startswith("--")):
            assert option in done.stdout


def test_who_is_waited_for_can_be_healthy(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] == "service_healthy", name
            assert "healthcheck" in services[needed], f"{name} waits for {needed}, which never says that it is well"


def test_api_waits_for_the_database_alone(services: dict[str, Any]) -> None:
    assert set(services["api"]["depends_on"]) == {"postgres"}, "MLflow and Prefect may be away"


def test_password_is_asked_for_and_never_given(services: dict[str, Any]) -> None:
    uses = re.findall(r"\$\{POSTGRES_PASSWORD[^}]*\}", COMPOSE.read_text(encoding="utf-8"))
    assert len(uses) >= 4
    assert all(use.startswith("${POSTGRES_PASSWORD:?") for use in uses)


def test_images_are_pinned(services: dict[str, Any]) -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.M)
    for image in [service["image"] for service in services.values()] + bases:
        assert re.search(r":\d+\.\d+", image), image


def test_only_the_api_listens_to_others(services: dict[str, Any]) -> None:
    published = {name: service.get("ports", []) for name, service in services.items()}
    assert published.pop("api") == ["8000:8000"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


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
