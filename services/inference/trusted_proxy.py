"""People whom a proxy in front has signed in (OIDC and the like) and names in a header.

The header counts from the proxy's own addresses alone, and only when it was sent once: a proxy that adds to what the
client sent, rather than replacing it, would let everybody be anybody. It knows no key.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from infra.domain.access import AccessRole
from infra.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,62}")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedPerson:
    """Whom the proxy names, and what that person may do."""

    name: str
    roles: frozenset[AccessRole]


@dataclass(frozen=True, kw_only=True)
class TrustedProxy:
    """Which header counts, from where, and what it gives."""

    header: bytes
    networks: tuple[Network, ...]
    roles: frozenset[AccessRole]
    roles_header: bytes | None = None

    def person(self, headers: Sequence[tuple[bytes, bytes]], client: str | None) -> NamedPerson | None:
        """Whom a request names; None where it names nobody, or comes from elsewhere."""
        name = _only(headers, self.header)
        if name is None or not _NAME.fullmatch(name) or not self._is_proxy(client):
            return None
        if self.roles_header is None:
            return NamedPerson(name=name, roles=self.roles)
        words = (_only(headers, self.roles_header) or "").split(",")
        known = {word.strip() for word in words}
        return NamedPerson(name=name, roles=frozenset(role for role in get_args(AccessRole) if role in known))

    def _is_proxy(self, client: str | None) -> bool:
        try:
            address = ipaddress.ip_address(client or "")
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.networks)


def trusted_proxy(settings: Settings) -> TrustedProxy | None:
    """The one that the settings name; None where they name none."""
    if not settings.trusted_proxy_header:
        return None
    roles_header = settings.trusted_proxy_roles_header.lower().encode("ascii")
    return TrustedProxy(
        header=settings.trusted_proxy_header.lower().encode("ascii"),
        networks=tuple(ipaddress.ip_network(one, strict=False) for one in settings.trusted_proxies),
        roles=frozenset(settings.trusted_proxy_roles),
        roles_header=roles_header or None,
    )


def _only(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str | None:
    values = [value for one, value in headers if one == name]
    return str(values[0], "latin-1").strip() if len(values) == 1 else None
