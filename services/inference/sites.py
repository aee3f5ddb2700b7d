"""Where a request says it comes from and goes to: what protects a service without keys from a person's browser.

A page from anywhere can make a browser send requests to 127.0.0.1. It cannot forge the headers `Host` and `Origin`,
so that these two tell it from the person. Pure: header values in, verdicts out.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache


def is_loopback(host: str) -> bool:
    """Whether a name or address, without its port, can be reached from this machine alone.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "localhost.example")]
    [True, True, True, False, False]
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=256)
def names_loopback(host: bytes) -> bool:
    """Whether a `Host` header names this machine by a name that no foreign name server answers for.

    >>> [names_loopback(host) for host in (b"127.0.0.1:8000", b"[::1]:8000", b"localhost", b"rebound.example:8000")]
    [True, True, True, False]
    """
    text = str(host, "latin-1")
    if text.startswith("["):
        return is_loopback(text[1:].partition("]")[0])
    return is_loopback(text.partition(":")[0])


def is_own_site(origin: bytes, host: bytes) -> bool:
    """Whether a page of this very service sent the request; `null`, a sandboxed page, is another site.

    >>> is_own_site(b"http://127.0.0.1:8000", b"127.0.0.1:8000"), is_own_site(b"null", b"127.0.0.1:8000")
    (True, False)
    """
    scheme, separator, site = origin.partition(b"://")
    return bool(separator) and scheme.lower() in (b"http", b"https") and site.lower() == host.lower()
