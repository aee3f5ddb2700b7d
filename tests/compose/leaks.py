"""Whether a secret got out: into a log, a volume, a dump of a database, or what the services answer."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.compose.living import MODEL, Living, found_in

SHORT = 8
"""What is shorter is no secret, and found everywhere."""


def secrets_of(living: Living) -> list[str]:
    """All passwords and keys of the topology, and what is secret in the address of its pager."""
    files = [file for file in living.topology.places.secrets.iterdir() if file.is_file()]
    texts = [file.read_text(encoding="utf-8").strip() for file in files]
    parts = [part for text in texts for part in (text, text.rpartition(":")[2])]
    pager = living.topology.secret("targets").rpartition("/")[2].rstrip('"}')
    placeholders = ("put the key", "https://alerts.invalid", "//alerts.invalid")
    return [part for part in {*parts, pager, living.key} if len(part) > SHORT and not part.startswith(placeholders)]


def look_for_secrets(living: Living) -> list[str]:
    """Where one was found, after everything was made to fail in some way; empty when nowhere."""
    topology = living.topology
    outputs = topology.places.folder / "outputs"
    outputs.mkdir()
    _fail_everywhere(living, outputs)
    for name in ("keepsharp", "mlflow", "prefect"):
        dump = _dump(living, name)
        assert MODEL in dump, f"the database {name} holds nothing of the loop: nothing would be found there"
        (outputs / f"{name}.sql").write_text(dump, encoding="utf-8")
    words = secrets_of(living)
    places = [topology.places.folder / "logs", outputs, topology.places.folder / "replicas"]
    places += [topology.places.volume(name) for name in ("keepsharp", "mlflow", "prometheus", "alertmanager")]
    # Alertmanager before 0.26 has its address in its configuration, which this test wrote
    return [f"{place.name}/{found}" for place in places for found in found_in(place, words)]


def _fail_everywhere(living: Living, outputs: Path) -> None:
    """Errors of every kind, and what is said of them."""
    said = []
    for method, path, body in (
        ("POST", f"/v1/models/{MODEL}/predictions", {"rows": [{"features": {"temp": "warm"}}]}),
        ("POST", f"/v1/models/{MODEL}/labels", {"labels": [{"id": "never", "value": 1}]}),
        ("POST", f"/v1/models/{MODEL}/promote", {"version": 999, "reason": "there is none"}),
        ("GET", "/v1/models/absent", None),
        ("GET", "/openapi.json", None),
        ("GET", f"/models/{MODEL}", None),
    ):
        answer = living.api.request(method, path, json=body)
        said.append(f"{answer.status_code} {answer.headers} {answer.text}")
    wrong = httpx.get(f"{living.proxy}:8000/v1/models", headers={"X-API-Key": living.key + "x"}, trust_env=False)
    said.append(f"{wrong.status_code} {wrong.text}")
    commands = ("doctor", "doctor --security --json", "train /data/models/absent.yaml", "status --json")
    said += [living.topology.say("flows", "keepsharp", *command.split()) for command in commands]
    (outputs / "said").write_text("\n".join(said), encoding="utf-8")


def _dump(living: Living, name: str) -> str:
    place = living.topology.places.of("postgres")[0]
    address = f"host={place.address} user={name} dbname={name} password={living.topology.secret(f'{name}_password')}"
    return living.topology.call("pg_dump", "--inserts", address)
