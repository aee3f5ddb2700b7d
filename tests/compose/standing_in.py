"""Programs of this machine in place of images: the system's PostgreSQL, HAProxy, Prometheus and Alertmanager.

What differs from the images: PostgreSQL's own entry point is done here (a database is made, its script run); Prometheus
asks this topology's addresses, which its name server of Docker would have told it; an Alertmanager before 0.26 takes
its address from the configuration rather than from a file. Grafana is in no package and does not run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra.domain.errors import Unavailable
from tests.compose.places import Place, Places
from tests.compose.reading import ROOT

PACKAGES = {
    "postgres": ("postgres", "postgresql"),
    "proxy": ("haproxy", "haproxy"),
    "prometheus": ("prometheus", "prometheus"),
    "alertmanager": ("prometheus-alertmanager", "prometheus-alertmanager"),
}
"""By service: the program, and Debian's package with it."""
ABSENT = frozenset({"grafana"})


def search_path() -> str:
    """Where programs are looked for: this environment, the system's, and PostgreSQL's, which Debian keeps apart."""
    own = Path(os.path.abspath(ROOT / ".venv" / "bin"))
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: int(found.parent.name))
    return os.pathsep.join([str(own), *map(str, reversed(versions)), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"])


def missing() -> list[str]:
    """Debian's packages whose programs are not here."""
    return [package for program, package in PACKAGES.values() if shutil.which(program, path=search_path()) is None]


@dataclass(frozen=True)
class Postgres:
    """A server as its image makes it: roles, databases and passwords by the script of the compose file."""

    place: Place
    places: Places

    @property
    def data(self) -> Path:
        return self.places.volume("postgres") / "data"

    def make(self) -> list[str]:
        """Make the cluster and run the script, as the entry point does once; the command that then serves."""
        self.data.parent.chmod(0o777)
        self.place.folder.chmod(0o777)
        environment = self.places.environment(self.place)
        options = environment["POSTGRES_INITDB_ARGS"].replace("--auth-local=peer", "--auth-local=trust").split()
        password = f"--pwfile={environment['POSTGRES_PASSWORD_FILE']}"
        self._run("initdb", "--username=postgres", password, *options, "--pgdata", str(self.data))
        with (self.data / "pg_hba.conf").open("a", encoding="ascii") as rules:
            rules.write("host all all all scram-sha-256\n")
        quiet = f"-c listen_addresses='' -k {self.place.folder}"
        self._run(
            "pg_ctl",
            "--pgdata",
            str(self.data),
            "--wait",
            "-l",
            str(self.place.folder / "making"),
            "-o",
            quiet,
            "start",
        )
        try:
            script = (ROOT / "infra" / "docker" / "databases.sh").read_text(encoding="utf-8")
            self._run("sh", "-c", self.places.put(script, self.place))
        finally:
            self._run("pg_ctl", "--pgdata", str(self.data), "--wait", "stop")
        options = ["-c", f"listen_addresses={self.place.address}", "-c", "port=5432", "-k", str(self.place.folder)]
        return self._as_user("postgres", "-D", str(self.data), *options)

    def _as_user(self, *words: str) -> list[str]:
        """PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return list(words)
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words]

    def _run(self, *words: str) -> None:
        environment = {
            "PATH": search_path(),
            "POSTGRES_USER": "postgres",
            "PGHOST": str(self.place.folder),
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            self._as_user(*words), env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        if done.returncode != 0:
            raise Unavailable(f"{words[0]} failed: {done.stderr or done.stdout}")


def prometheus_configuration(place: Place, places: Places) -> Path:
    """`deployed.yml` with addresses in place of names."""
    folder = ROOT / "infra" / "prometheus"
    text = (folder / "deployed.yml").read_text(encoding="utf-8").replace("localhost:9090", f"{place.address}:9090")
    given = yaml.safe_load(places.put(text, place))
    given["rule_files"] = [str(folder / name) for name in given["rule_files"]]
    (api,) = [one for one in given["scrape_configs"] if one["job_name"] == "keepsharp"]
    (found,) = api.pop("dns_sd_configs")
    addresses = [address for name in found["names"] for address in places.addresses()[name]]
    api["static_configs"] = [{"targets": [f"{address}:{found['port']}" for address in addresses]}]
    api["scrape_interval"] = "5s"
    given["global"]["evaluation_interval"] = "2s"
    return _written(place.folder / "deployed.yml", yaml.safe_dump(given))


def alertmanager_configuration(place: Place, places: Places) -> Path:
    """`alertmanager.deployed.yml` with the address that its file holds."""
    text = (ROOT / "infra" / "prometheus" / "alertmanager.deployed.yml").read_text(encoding="utf-8")
    url = (places.secrets / "alert_webhook_url").read_text(encoding="utf-8").strip()
    return _written(
        place.folder / "alertmanager.yml", text.replace("url_file: /run/secrets/alert_webhook_url", f"url: {url}")
    )


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def command_of(place: Place, places: Places) -> list[str]:
    """What the container would run, as it has to be called here."""
    service = place.service
    words = [places.put(word, place) for word in (*service.entrypoint, *service.command)]
    if service.name == "postgres":
        return Postgres(place, places).make()
    if service.name == "prometheus":
        config = prometheus_configuration(place, places)
        return ["prometheus", f"--config.file={config}", *words[1:]]
    if service.name == "alertmanager":
        config = alertmanager_configuration(place, places)
        return ["prometheus-alertmanager", f"--config.file={config}", *words[1:]]
    return words


def surroundings_of(place: Place, places: Places) -> Mapping[str, str]:
    """All of its environment, and nothing of ours."""
    further = {"DNS_SERVER": f"{places.name_server}:5353"} if place.service.name == "proxy" else {}
    return {
        "PATH": search_path(),
        "no_proxy": "*",
        "LC_ALL": "C.UTF-8",
        **further,
        **places.environment(place),
    }
