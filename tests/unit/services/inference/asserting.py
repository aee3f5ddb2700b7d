"""What every error of the API has to look like."""

from __future__ import annotations

from typing import Any

import httpx


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem details of an error, checked for their form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["type"].startswith("urn:keepsharp:problem:")
    assert document["instance"] == f"urn:keepsharp:request:{answer.headers['x-request-id']}"
    assert document["title"]
    assert document["detail"]
    return document
