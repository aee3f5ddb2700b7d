"""The page of the environment: every KEEPSHARP_* variable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.secret_files import SECRETS
from infra.settings import Settings
from tests.reference.markdown import code, page, table

INTRODUCTION = """
An installation is set up by its environment; a model file never holds an address or a secret. Lists and tables are
JSON: `KEEPSHARP_TARGETS='{"oncall": "slack://…"}'`, `KEEPSHARP_ALLOWED_MODULES='["acme.networks"]'`. `keepsharp
doctor` says what is in force and what is missing. `KEEPSHARP_DEBUG=1` adds the traceback to an error that should not
be.
"""


def settings_page() -> str:
    """The page."""
    secret = ", ".join(code(f"KEEPSHARP_{name.upper()}_FILE") for name in SECRETS)
    return page(
        "Settings",
        INTRODUCTION,
        f"Secrets can come from files: {secret} name them.",
        table(("variable", "default", "what it is"), _rows()),
    )


def _rows() -> Iterator[tuple[str, str, str]]:
    for name, field in Settings.model_fields.items():
        assert field.description, f"Settings.{name}: say below it what it is"
        default: Any = field.default
        plain = str(default) if isinstance(default, Path) else default
        shown = "" if plain in ("", (), {}, None) else code(plain if isinstance(plain, str) else json.dumps(plain))
        yield code(f"KEEPSHARP_{name.upper()}"), shown, field.description
