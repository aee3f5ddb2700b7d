"""The files of the reference, by name, as they should be."""

from __future__ import annotations

import json

from infra.spec.json_schema import FILE_NAME, model_file_schema
from tests.reference.command_line import command_line_page
from tests.reference.errors import errors_page
from tests.reference.http import http_page
from tests.reference.metrics import metrics_page
from tests.reference.model_file import model_file_page
from tests.reference.settings import settings_page


def written() -> dict[str, str]:
    """Each file's name in `docs/reference/`, and its text."""
    return {
        FILE_NAME: json.dumps(model_file_schema(), indent=2) + "\n",
        "model-file.md": model_file_page(),
        "command-line.md": command_line_page(),
        "http.md": http_page(),
        "metrics.md": metrics_page(),
        "errors.md": errors_page(),
        "settings.md": settings_page(),
    }
