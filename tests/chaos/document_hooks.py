"""For Schemathesis (SCHEMATHESIS_HOOKS): whatever body it draws, `line` can read its rows and has its outputs.

With them nothing is left that the document could not say, so that everything it allows has to be accepted.
"""

from __future__ import annotations

from typing import Any

import schemathesis

_FEATURES = {"speed": 1.5, "shift": "early", "wet": False}
_INPUTS = [
    {"name": "speed", "datatype": "FP64", "shape": [2], "data": [1.5, None]},
    {"name": "shift", "datatype": "BYTES", "shape": [2, 1], "data": [["early"], ["late"]]},
    {"name": "wet", "datatype": "BOOL", "shape": [2], "data": [False, True]},
]


@schemathesis.hook
def map_path_parameters(context: schemathesis.HookContext, path_parameters: Any) -> Any:
    known = {"model": "line", "version": "1"}
    return {name: known.get(name, value) for name, value in (path_parameters or {}).items()}


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    if "rows" in body:
        return {**body, "rows": [{**row, "features": _FEATURES} for row in body["rows"]]}
    if "labels" in body:
        return {**body, "labels": [{**label, "value": "good"} for label in body["labels"]]}
    return {**body, **_asked(body), "inputs": _INPUTS} if "inputs" in body else body


def _asked(body: dict[str, Any]) -> dict[str, Any]:
    """Without the interval, which a regression alone has."""
    if not body.get("outputs"):
        return {}
    return {"outputs": [one for one in body["outputs"] if one["name"] != "interval"]}
