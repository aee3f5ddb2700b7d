"""What keepsharp talks to: whether MLflow and Prefect let in anybody, and what goes over the network unencrypted.

It asks each of them one harmless question without credentials.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

from sqlalchemy import make_url

from infra.secret_files import without_credentials
from infra.settings import Settings
from services.cli.finding import Finding
from services.inference.sites import is_loopback

ANSWER_SECONDS = 5.0
_ENCRYPTED = {"require", "verify-ca", "verify-full"}


def check_neighbours(settings: Settings, environment: Mapping[str, str]) -> list[Finding]:
    """MLflow, Prefect, the database, and where notices go."""
    prefect = environment.get("PREFECT_API_URL", "")
    return [
        check_server("MLflow", settings.mlflow, "/api/2.0/mlflow/experiments/search?max_results=1", _BEHIND),
        check_server("Prefect", prefect, "/admin/version", "set PREFECT_SERVER_API_AUTH_STRING at its server"),
        check_database(settings.database),
        *check_targets(settings),
    ]


_BEHIND = "bind it to 127.0.0.1, or put it behind the proxy, which asks (infra/proxy/haproxy.cfg)"


def check_server(name: str, url: str, question: str, advice: str) -> Finding:
    """Whether a server answers somebody whom it does not know; `question` is a path that shows what it keeps."""
    if not url.startswith(("http://", "https://")):
        return Finding(name=name, word="ok", text="no server: a file, or none is named")
    where = without_credentials(url).rstrip("/")
    alone, status = is_loopback(urlsplit(where).hostname or ""), _asked(f"{where}{question}")
    if status in (401, 403):
        return Finding(name=name, word="ok", text=f"{where} asks who is there")
    if status is None:
        text = f"{where} does not answer: whether it asks who is there is unknown"
        return Finding(name=name, word="warn", text=text, advice="start it, and look again")
    if alone:
        return Finding(name=name, word="ok", text=f"{where} asks nobody, and this machine alone reaches that address")
    text = f"{where} answers whoever reaches it"
    return Finding(name=name, word="warn", text=text, advice=f"{advice}; let keepsharp and the proxy alone reach it")


def _asked(url: str) -> int | None:
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - http(s) alone comes here
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (urllib.error.URLError, OSError, ValueError):
        return None


def check_database(url: str) -> Finding:
    """Whether a database elsewhere is talked to under TLS."""
    name, parsed = "database's line", make_url(url)
    if parsed.get_backend_name() == "sqlite" or is_loopback(parsed.host or "localhost"):
        return Finding(name=name, word="ok", text="does not leave this machine")
    mode = str(parsed.query.get("sslmode", "prefer"))
    text = f"{parsed.host} with sslmode={mode}"
    if mode in _ENCRYPTED:
        return Finding(name=name, word="ok", text=text)
    advice = "add ?sslmode=verify-full to the URL, unless the network between is your own and closed"
    return Finding(name=name, word="warn", text=text, advice=advice)


def check_targets(settings: Settings) -> list[Finding]:
    """Whether notices go under TLS and webhooks are signed. No address is shown: it may be the secret."""
    webhooks = {name: url for name, url in settings.targets.items() if url.startswith(("http://", "https://"))}
    bare = sorted(name for name, url in webhooks.items() if url.startswith("http://"))
    found = []
    if bare:
        advice = "use https://, or whoever is on the way reads and forges notices"
        found.append(Finding(name="notices", word="warn", text=f"{', '.join(bare)} without TLS", advice=advice))
    if webhooks and not settings.webhook_secret:
        advice = "set KEEPSHARP_WEBHOOK_SECRET, and the receiver can tell ours from others"
        text = f"{', '.join(sorted(webhooks))} unsigned"
        found.append(Finding(name="notices", word="warn", text=text, advice=advice))
    return found or [Finding(name="notices", word="ok", text=f"{len(settings.targets)} targets")]
