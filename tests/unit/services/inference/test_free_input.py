"""Whatever is sent, the answer is ours and never a 5xx."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.services.inference.building import GOOD, MODEL, running, served

TEXT = st.text(max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
FEATURES = st.fixed_dictionaries(dict.fromkeys(GOOD, VALUES), optional={"plant": VALUES, "hue": VALUES})
ROWS = st.fixed_dictionaries({"features": FEATURES}, optional={"id": VALUES, "time": VALUES | st.datetimes().map(str)})
LABELS = st.fixed_dictionaries({"id": VALUES, "value": VALUES}, optional={"time": VALUES, "source": VALUES})


def _dumps(document: object) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:  # a lone surrogate, which JSON text can still hold as an escape
        return repr(document).encode("ascii", "backslashreplace")


BODIES = (
    st.binary(max_size=60)
    | st.fixed_dictionaries({"rows": st.lists(ROWS | VALUES, max_size=3)}).map(_dumps)
    | st.fixed_dictionaries({"labels": st.lists(LABELS | VALUES, max_size=3)}).map(_dumps)
    | st.fixed_dictionaries({"reason": VALUES, "version": VALUES}, optional={"time": VALUES}).map(_dumps)
)
ROUTES = st.sampled_from(["predictions", "labels", "retrain", "promote", "rollback"])


def test_no_body_gives_a_5xx(tmp_path: Path) -> None:
    with asyncio.Runner() as runner, ExitStack() as after:
        serving = running(served(tmp_path))
        api = runner.run(serving.__aenter__())
        after.callback(lambda: runner.run(serving.__aexit__(None, None, None)))

        @settings(max_examples=120, deadline=None)
        @given(ROUTES, BODIES, st.sampled_from([MODEL, MODEL, "ghost", "%00"]))
        def check(route: str, body: bytes, model: str) -> None:
            url, headers = f"/v1/models/{model}/{route}", {"content-type": "application/json"}
            answer = runner.run(api.client.post(url, content=body, headers=headers))
            assert answer.status_code < 500, answer.text
            assert len(answer.content) < 20_000
            if answer.status_code >= 400:
                assert answer.json()["status"] == answer.status_code

        check()
