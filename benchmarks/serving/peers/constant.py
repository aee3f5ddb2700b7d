"""What the server itself can do: a raw ASGI app that answers the same JSON to everything and reads nothing.

python -m benchmarks.serving.peers.constant PORT
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

_BODY = (
    b'{"model":"bench","version":1,"predictions":[{"id":"0","value":"calm","version":1,'
    b'"probabilities":{"calm":0.5,"mixed":0.25,"rough":0.25},"confidence":0.5}],"errors":[]}'
)
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]
Message = MutableMapping[str, Any]


async def app(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _BODY})


def main(port: int) -> None:
    """Serve on loopback, with the options that keepsharp's own server has."""
    uvicorn.run(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False, lifespan="off"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
