"""The loop through a running topology, as clients and a person go through it: everything by the proxy."""

from __future__ import annotations

import base64
import csv
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.compose.topology import Topology

MODEL = "press"
MODEL_FILE = f"""\
model: {MODEL}
task: classification
data: {{source: history.csv, time: when, target: label, positive: 1}}
learner: {{hidden: [8], epochs: 8, batch_size: 64, learning_rate: 0.02}}
labels: {{expected_delay: 10 rows}}
monitoring: {{window: 100 rows, reports: none}}
retraining: {{min_labels: 100, policy: never}}
costs: {{cpu_hour: 36, currency: EUR}}
"""
PROMOTION_SECONDS = 5.0
FLOW_SECONDS = 600.0


class Living:
    """What is done to a topology, and what came of it; `figures` is what is worth writing down."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.figures: dict[str, object] = {}
        self._random = random.Random(7)
        proxy = topology.places.of("proxy")[0].address
        self.proxy = f"http://{proxy}"
        self.api = httpx.Client(base_url=f"{self.proxy}:8000", timeout=120, trust_env=False)
        self.told = 0

    def make_keys(self) -> None:
        """The first key, before anything serves, and Prometheus's."""
        self.key = self._key("me", "admin")
        self.topology.give("prometheus_key", self._key("prometheus", "read"))
        self.api.headers["Authorization"] = f"Bearer {self.key}"

    def _key(self, name: str, role: str) -> str:
        said = self.topology.run("api", "keepsharp", "keys", "create", name, "--role", role, "--json")
        secret: str = json.loads(said)["secret"]
        return secret

    def train(self) -> None:
        """The first champion, by the command line of a container of the flows."""
        folder = self.topology.places.volume("keepsharp") / "models"
        folder.mkdir()
        (folder / "press.yaml").write_text(MODEL_FILE, encoding="utf-8")
        with (folder / "history.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["when", "temp", "pressure", "label"])
            for minute in range(400):
                row = self._row()
                rows.writerow([f"2024-01-01T{minute // 60:02}:{minute % 60:02}:00Z", *row.values(), _truth(row)])
        self.topology.run("flows", "keepsharp", "train", "/data/models/press.yaml", "--json")
        self._await(lambda: self._versions() == {1}, 60, "the first champion serves at every replica")

    def _row(self) -> dict[str, float]:
        return {"temp": round(self._random.gauss(20, 5), 3), "pressure": round(self._random.gauss(0, 1), 3)}

    def predict_and_label(self, rows: int) -> None:
        """Rows through the proxy, each answered once, and their labels."""
        given = {f"row-{self.told + number}": self._row() for number in range(rows)}
        self.told += rows
        body = [{"id": name, "features": row} for name, row in given.items()]
        answered = self._post(f"/v1/models/{MODEL}/predictions", {"rows": body})["predictions"]
        assert [one["id"] for one in answered] == list(given)
        labels = [{"id": name, "value": _truth(row)} for name, row in given.items()]
        told = self._post(f"/v1/models/{MODEL}/labels", {"labels": labels})
        assert told["joined"] == rows, told

    def retrain(self) -> None:
        """Asked for through the API, done by the flows at Prefect's word."""
        began = time.monotonic()
        self._post(f"/v1/models/{MODEL}/retrain", {"reason": "tried through the whole topology"})
        self._await(lambda: len(self._runs()) > 1, FLOW_SECONDS, "the flows retrained")
        self.figures["retrained_after_seconds"] = round(time.monotonic() - began, 1)

    def promote(self) -> None:
        """A person's choice at one replica is what each replica serves within five seconds."""
        newest = max(run["version"] for run in self._runs())
        serving = self._versions()
        chosen = newest if serving != {newest} else newest - 1
        choice = {"version": chosen, "reason": "tried through the whole topology", "force": True}
        began = time.monotonic()
        self._post(f"/v1/models/{MODEL}/promote", choice)
        self._await(lambda: self._versions() == {chosen}, 60, f"every replica serves version {chosen}")
        seconds = time.monotonic() - began
        self.figures["promotion_seen_by_all_seconds"] = round(seconds, 2)
        assert seconds < PROMOTION_SECONDS, f"the last replica saw the promotion after {seconds:.1f} s"

    def lose_a_replica(self) -> None:
        """While one replica is killed and comes back, every request is answered."""
        first = self.topology.places.of("api")[0]
        child = self.topology.children.pop(first.name)
        child.stop()
        answered = 0
        until = time.monotonic() + 5
        while time.monotonic() < until:
            self.predict_and_label(1)
            answered += 1
        self.topology.start("api")
        self.figures["answered_beside_a_lost_replica"] = answered

    def see_who_is_asked(self) -> None:
        """Nobody gets in without a key or a password, and the metrics stay inside."""
        places = self.topology.places
        bare = httpx.Client(timeout=60, trust_env=False)
        assert bare.get(f"{self.proxy}:8000/v1/models").status_code == 401
        assert bare.get(f"{self.proxy}:8000/readyz").status_code == 200
        assert self.api.get("/metrics").status_code == 404
        search = f"{self.proxy}:5000/api/2.0/mlflow/experiments/search"
        mlflow = {"Host": "localhost:5000"}
        assert bare.get(search, params={"max_results": 10}, headers=mlflow).status_code == 401
        operator = _basic(self.topology.secret("operator"))
        found = bare.get(search, params={"max_results": 10}, headers={**mlflow, **operator})
        assert MODEL in [one["name"] for one in found.json()["experiments"]], found.text
        runs = f"{self.proxy}:4200/api/flow_runs/filter"
        assert bare.post(runs, json={}).status_code == 401
        done = bare.post(runs, json={}, headers=_basic(self.topology.secret("prefect_auth")))
        states = {run["state_type"] for run in done.json() if run["name"].startswith(("retrain", "train"))}
        assert states == {"COMPLETED"}, states
        direct = places.of("prefect")[0].address
        assert bare.post(f"http://{direct}:4200/api/flow_runs/filter", json={}).status_code == 401

    def see_metrics(self, queries: list[str]) -> None:
        """Prometheus reaches every replica, and answers all that Grafana asks."""
        prometheus = f"http://{self.topology.places.of('prometheus')[0].address}:9090"
        client = httpx.Client(base_url=prometheus, timeout=60, trust_env=False)

        def asked(query: str) -> list[dict[str, Any]]:
            answer = client.get("/api/v1/query", params={"query": query}).json()
            assert answer["status"] == "success", (query, answer)
            found: list[dict[str, Any]] = answer["data"]["result"]
            return found

        replicas = len(self.topology.places.of("api"))
        up = 'sum(up{job="keepsharp"})'
        self._await(lambda: [one["value"][1] for one in asked(up)] == [str(replicas)], 300, "each replica is scraped")
        served = f'model:keepsharp_predictions:rate5m{{model="{MODEL}"}}'
        self._await(lambda: bool(asked(served)), 300, "a recorded figure of the model is there")
        with_figures = [query for query in queries if asked(query)]
        self.figures["queries_of_grafana"] = {"answered": len(queries), "with_figures": len(with_figures)}
        managers = client.get("/api/v1/alertmanagers").json()["data"]["activeAlertmanagers"]
        assert len(managers) == 1, managers

    def _versions(self) -> set[int]:
        """What the replicas say that they serve, each asked itself."""
        places = self.topology.places.of("api")
        found = [httpx.get(f"http://{one.address}:8000/readyz", timeout=60, trust_env=False).json() for one in places]
        return {one["models"].get(MODEL, 0) for one in found}

    def _runs(self) -> list[dict[str, Any]]:
        answer = self.api.get(f"/v1/models/{MODEL}/runs").raise_for_status().json()
        found: list[dict[str, Any]] = answer["items"]
        return [run for run in found if run.get("version") is not None]

    def _post(self, path: str, body: object) -> dict[str, Any]:
        answer = self.api.post(path, json=body)
        assert answer.status_code in (200, 201, 202), answer.text
        found: dict[str, Any] = answer.json()
        return found

    @staticmethod
    def _await(holds: Callable[[], bool], seconds: float, what: str) -> None:
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, f"not within {seconds:g} s: {what}"
            time.sleep(0.1)


def live(living: Living, queries: list[str]) -> None:
    """All of it, once everything is well."""
    living.train()
    living.predict_and_label(150)
    living.retrain()
    living.promote()
    living.lose_a_replica()
    living.see_who_is_asked()
    if "prometheus" in living.topology.services:
        living.see_metrics(queries)


def found_in(folder: Path, words: list[str]) -> list[str]:
    """Files under `folder` that hold one of the words."""
    wanted = [word.encode() for word in words]
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and any(word in path.read_bytes() for word in wanted)
    ]


def _truth(row: dict[str, float]) -> str:
    return str(int((row["temp"] - 20) / 5 + row["pressure"] > 0))


def _basic(credentials: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode("ascii")}
