"""A client of keepsharp's HTTP API: asks about every row of a CSV, and then tells what turned out to be true.

    python examples/client.py press press-next.csv --target defective --time made_at --known-after-hours 4

In production the two halves lie hours apart: `answers` is called where the product decides, `tell` where the truth
becomes known. It needs the standard library alone. Every row has an id of its own, so that sending one again, after a
time-out or a restart, changes nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

BATCH = 500
PATIENCE_SECONDS = 30.0


class Client:
    """One model of one service."""

    def __init__(self, url: str, model: str, key: str | None = None) -> None:
        self._base = f"{url.rstrip('/')}/v1/models/{model}"
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})

    def answers(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The model's answers to rows of `id`, `features` and perhaps `time`, in their order."""
        found: list[dict[str, Any]] = []
        for part in batches(rows):
            found += self._post("predictions", {"rows": part})["predictions"]
        return found

    def tell(self, labels: Sequence[dict[str, Any]]) -> int:
        """Say what was true (`id`, `value`); how many joined an answer. The others wait for theirs."""
        return sum(self._post("labels", {"labels": part})["joined"] for part in batches(labels))

    def _post(self, what: str, body: dict[str, Any]) -> Any:
        """The answer; while the service is away, again and again. Anything that is our own fault is raised at once."""
        request = urllib.request.Request(f"{self._base}/{what}", json.dumps(body).encode(), self._headers)  # noqa: S310
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the address is the caller's
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                problem = error.read().decode()
                if error.code not in (429, 503, 507) or time.monotonic() > give_up:
                    raise SystemExit(f"{request.full_url} answered {error.code}: {problem}") from error
                time.sleep(float(error.headers.get("Retry-After", "1")))
            except (urllib.error.URLError, TimeoutError) as error:
                if time.monotonic() > give_up:
                    raise SystemExit(
                        f"{request.full_url} does not answer ({error}): is `keepsharp up` running?"
                    ) from error
                time.sleep(1.0)


def batches(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    """So many rows as one request may well hold."""
    for first in range(0, len(rows), BATCH):
        yield rows[first : first + BATCH]


def value(text: str) -> float | str | None:
    """A cell as JSON: a number where it is one, null where it is empty."""
    try:
        return float(text) if text else None
    except ValueError:
        return text


def main() -> None:
    """Ask, compare, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("file", type=Path)
    parser.add_argument("--target", required=True, help="the column with the truth")
    parser.add_argument("--time", help="the column with the time of each row; absent: now")
    parser.add_argument("--known-after-hours", type=float, default=0.0, help="how long after a row its truth is known")
    parser.add_argument("--url", default=os.environ.get("KEEPSHARP_URL", "http://127.0.0.1:8000"))
    parser.add_argument("--key", default=os.environ.get("KEEPSHARP_KEY"), help="an API key; none on this machine")
    asked = parser.parse_args()
    with asked.file.open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    own = {asked.target, asked.time}
    rows = [
        {
            "id": f"{asked.file.stem}-{number}",
            "features": {name: value(cell) for name, cell in line.items() if name not in own},
            **({"time": line[asked.time]} if asked.time else {}),
        }
        for number, line in enumerate(table)
    ]
    client = Client(asked.url, asked.model, asked.key)
    given = client.answers(rows)
    truths = [line[asked.target] for line in table]
    right = sum(str(answer["value"]) == truth for answer, truth in zip(given, truths, strict=True))
    print(f"{len(given)} answers by version {given[-1]['version']}, {right / len(given):.1%} of them right")
    labels = [{"id": row["id"], "value": truth} for row, truth in zip(rows, truths, strict=True)]
    for row, label in zip(rows, labels, strict=True):
        if "time" in row:
            label["time"] = (datetime.fromisoformat(row["time"]) + timedelta(hours=asked.known_after_hours)).isoformat()
    print(f"{client.tell(labels)} labels joined")


if __name__ == "__main__":
    main()
