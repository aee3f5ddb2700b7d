"""One HTTP POST to an address that was checked: the name is resolved once, and that very address is connected to.

No redirect is followed and no proxy asked. The whole exchange has a deadline, however slowly the other side speaks.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from infra.domain.errors import Unavailable
from infra.notify.addresses import refusal_of

DEADLINE_SECONDS = 10.0
_PORTS = {"https": 443, "http": 80}
Resolve = Callable[[str, int], Sequence[str]]
"""A host's name and port to its IP addresses. Raises OSError."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def resolve(host: str, port: int) -> Sequence[str]:
    """As the system does."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed_hosts: Collection[str],
    resolver: Resolve = resolve,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> int:
    """The status of the answer. Messages name the host and never the path, where addresses keep their secrets.

    Raises:
        Unavailable: the URL cannot be used, one of its addresses may not be reached, or nobody answered in time.
    """
    place = _place(url, allowed_hosts)
    address = _checked(place, allowed_hosts, resolver)
    try:
        with _connected(place, address, deadline_seconds) as line:
            connection = http.client.HTTPConnection(place.host, place.port)
            connection.sock = line
            connection.request("POST", place.path, body, {"Host": place.authority, "Connection": "close", **headers})
            return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unavailable(f"{place.host} did not answer: {type(error).__name__}") from error


def _place(url: str, allowed_hosts: Collection[str]) -> _Place:
    parts, host, port = _parts(url)
    if parts.username is not None or parts.password is not None:
        raise Unavailable(f"the webhook at {host} has a password in its address: sign it with KEEPSHARP_WEBHOOK_SECRET")
    if parts.scheme != "https" and host not in allowed_hosts:
        raise Unavailable(f"the webhook at {host} is not https: use https, or name the host in KEEPSHARP_ALLOWED_HOSTS")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Place(scheme=parts.scheme, host=host, port=port or _PORTS[parts.scheme], path=path)


def _parts(url: str) -> tuple[SplitResult, str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise Unavailable("the address of a webhook is no URL: write `https://host/path`") from error
    if parts.scheme not in _PORTS or not host:
        raise Unavailable("the address of a webhook is no URL: write `https://host/path`")
    return parts, host, port


def _checked(place: _Place, allowed_hosts: Collection[str], resolver: Resolve) -> str:
    """The address to connect to. One bad address among several is enough to turn all of them down."""
    try:
        addresses = resolver(place.host, place.port)
    except OSError as error:
        raise Unavailable(
            f"{place.host} could not be resolved ({error}): check the name, and the DNS of this machine"
        ) from error
    if not addresses:
        raise Unavailable(f"{place.host} has no address: check the name")
    if place.host not in allowed_hosts:
        for address in addresses:
            why = refusal_of(address)
            if why is not None:
                raise Unavailable(
                    f"{place.host} is at {address} ({why}), which a webhook may not reach: if that is meant, name the "
                    "host in KEEPSHARP_ALLOWED_HOSTS"
                )
    return addresses[0]


@contextmanager
def _connected(place: _Place, address: str, seconds: float) -> Iterator[socket.socket]:
    """A connection to this address, for TLS under the host's name, that is cut when the deadline is over."""
    line = socket.create_connection((address, place.port), seconds)
    try:
        if place.scheme == "https":
            line = ssl.create_default_context().wrap_socket(
                line, server_hostname=place.host, do_handshake_on_connect=False
            )
        over = threading.Event()
        guard = threading.Timer(seconds, _cut, [line, over])
        guard.daemon = True
        guard.start()
        try:
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            yield line
        finally:
            guard.cancel()
        if over.is_set():  # an answer that was cut short reads like one that ended
            raise TimeoutError
    finally:
        line.close()


def _cut(line: socket.socket, over: threading.Event) -> None:
    over.set()
    try:
        socket.socket.shutdown(line, socket.SHUT_RDWR)  # TLS's own shutdown would wait for the other side
    except OSError:
        return  # it is closed already
