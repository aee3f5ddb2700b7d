"""Secrets from files: `KEEPSHARP_X_FILE` names a file with what `KEEPSHARP_X` would hold.

That is how Docker, Kubernetes and systemd hand secrets over. It knows which settings are secrets, and no other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from infra.domain.errors import Mistake, SpecError

SECRETS = ("database_url", "mlflow_uri", "signing_secret", "webhook_secret", "targets")
"""Settings that are secret, or may have a password in them; `targets` is JSON."""


def without_credentials(url: str) -> str:
    """The URL as it may be shown: neither user nor password, nor what follows `?`.

    >>> without_credentials("http://me:hunter2@mlflow:5000/base?token=x"), without_credentials("sqlite:///a.db")
    ('http://mlflow:5000/base', 'sqlite:///a.db')
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    host = urlsplit(f"//{rest}").netloc
    return f"{scheme}://{host.rpartition('@')[2]}{rest[len(host) :].partition('?')[0]}"


class SecretFiles(PydanticBaseSettingsSource):
    """The files as a source of settings."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - pydantic's
        """Nothing: all are read at once, so that all mistakes are told at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        return read_secret_files(os.environ)


def read_secret_files(environment: Mapping[str, str]) -> dict[str, object]:
    """The settings that files give, by name.

    Raises:
        SpecError: a file cannot be read, is empty or no JSON where that is wanted, or the variable without `_FILE` is
            set as well. No message has a word of what a file holds.
    """
    found: dict[str, object] = {}
    mistakes = []
    for name in SECRETS:
        variable = f"KEEPSHARP_{name.upper()}"
        file = environment.get(f"{variable}_FILE", "")
        if not file:
            continue
        problem = "" if not environment.get(variable) else f"{variable} is set as well: keep one of the two"
        if not problem:
            value, problem = _read(Path(file), as_json=name == "targets")
            found[name] = value
        if problem:
            mistakes.append(Mistake(where=f"{variable}_FILE", line=None, problem=problem))
    if mistakes:
        raise SpecError("the environment", mistakes)
    return found


def _read(file: Path, *, as_json: bool) -> tuple[object, str]:
    """(what the file holds, what is wrong with it)."""
    try:
        text = file.read_text(encoding="utf-8").strip()
        value = json.loads(text) if as_json and text else text
    except OSError as error:
        return None, f"{file} cannot be read ({error.strerror}): name a file that this user may read"
    except ValueError:  # its message would show what the file holds
        return None, f'{file} holds no JSON such as {{"chat": "https://…"}}: correct it'
    return value, "" if text else f"{file} is empty: put the secret into it"
