"""`make test-compose`: everything that docker-compose.yml describes, as processes on loopback, and the loop through it.

    python -m tests.compose [--without-observability] [--keep]

It needs Linux and Debian's packages postgresql, haproxy, prometheus and prometheus-alertmanager, and says which are
missing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.compose.leaks import look_for_secrets
from tests.compose.living import Living, live
from tests.compose.reading import ROOT
from tests.compose.standing_in import ABSENT, missing
from tests.compose.topology import Topology
from tests.integration.test_prometheus import queries_of_grafana


def main() -> int:
    """The exit status: 1 when something was not as it should be, 2 when programs are missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.compose", description="See `make test-compose`.")
    parser.add_argument("--without-observability", action="store_true", help="the profile core alone")
    parser.add_argument("--keep", action="store_true", help="leave logs and volumes where they are")
    given = parser.parse_args()
    lacking = set(missing())
    if given.without_observability:
        lacking -= {"prometheus", "prometheus-alertmanager"}
    if lacking:
        print(f"test-compose needs Debian's packages: apt-get install {' '.join(sorted(lacking))}", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="compose-"))
    folder.chmod(0o711)  # PostgreSQL runs as a user of its own
    print(
        f"logs and volumes are under {folder}; no package has {', '.join(ABSENT)}, so that it does not run",
        file=sys.stderr,
    )
    try:
        record = _run(folder, ["core"] if given.without_observability else ["core", "observability"])
        print(json.dumps(record, indent=2))
        return int(bool(record["secrets_found_in"] or record["written_into_the_image"]))
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)


def written_into_the_image(since: float) -> list[str]:
    """Files of the environment that changed after the moment: a read-only file system would have refused them."""
    files = (path for path in (ROOT / ".venv").rglob("*") if path.suffix != ".pyc" and path.is_file())
    return [str(path.relative_to(ROOT)) for path in files if path.stat().st_mtime > since]


def _run(folder: Path, profiles: list[str]) -> dict[str, object]:
    began, since = time.monotonic(), time.time()
    with Topology(folder, *profiles) as topology:
        topology.give(
            "targets", json.dumps({"pager": "http://127.0.0.1:9/hooks/" + topology.secret("webhook_secret")[::-1]})
        )
        living = Living(topology)
        topology.start("postgres")
        living.make_keys()
        topology.start()
        live(living, [query for _, query in queries_of_grafana() if "label_values" not in query])
        leaks = look_for_secrets(living)
        seconds = topology.seconds
    return {
        "services": sorted(seconds),
        "well_after_seconds": seconds,
        "seconds": round(time.monotonic() - began, 1),
        **living.figures,
        "written_into_the_image": written_into_the_image(since),
        "secrets_found_in": leaks,
    }


if __name__ == "__main__":
    sys.exit(main())
