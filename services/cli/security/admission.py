"""Who is let in: the address that is listened on, the keys, and a proxy that is believed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from infra.domain.access import ApiKey
from infra.settings import Settings
from services.cli.finding import Finding
from services.inference.access import is_open
from services.inference.sites import is_loopback

_DIGEST = re.compile(r"[0-9a-f]{64}")
OLD = timedelta(days=365)
MANY_ADMINS = 3
_WIDEST = {4: 8, 6: 32}
"""The shortest prefix of a network, by version of the protocol, that one proxy's addresses may span."""


def check_address(settings: Settings) -> Finding:
    """Whether others can reach the API, and are asked who they are."""
    name, where = "address", f"KEEPSHARP_HOST is {settings.host}, KEEPSHARP_ACCESS is {settings.access}"
    if is_loopback(settings.host):
        return Finding(name=name, word="ok", text=f"{where}: this machine alone")
    if not is_open(settings):
        advice = "put TLS in front (infra/proxy), or a key can be read on the way"
        return Finding(name=name, word="ok", text=f"{where}: everybody is asked for a key; {advice}")
    if settings.allow_public:
        advice = "only right where a proxy asks, and nothing else reaches this port; else KEEPSHARP_ACCESS=keys"
        return Finding(name=name, word="warn", text=f"{where}: nobody is asked who they are", advice=advice)
    advice = "`keepsharp serve` refuses to start so: use KEEPSHARP_ACCESS=keys"
    return Finding(name=name, word="fail", text=f"{where}: nobody would be asked who they are", advice=advice)


def check_keys(settings: Settings, keys: Sequence[ApiKey], now: datetime) -> list[Finding]:
    """Whether keys are there, are kept as digests, may no more than they need, and are not old."""
    active = [key for key in keys if key.revoked_at is None]
    found = [_check_there(settings, active), _check_hashed(keys)]
    admins = [key.name for key in active if "admin" in key.roles]
    if len(admins) > MANY_ADMINS:
        text, advice = f"{len(admins)} keys may everything: {', '.join(admins)}", "give each the roles that it uses"
        found.append(Finding(name="roles", word="warn", text=text, advice=advice))
    elif active:
        found.append(Finding(name="roles", word="ok", text=f"{len(admins)} of {len(active)} keys may everything"))
    old = [key.name for key in active if now - key.created_at > OLD]
    if old:
        text, advice = f"{', '.join(old)} older than a year", "create new ones under other names, then revoke these"
        found.append(Finding(name="age of keys", word="warn", text=text, advice=advice))
    return found


def _check_there(settings: Settings, active: Sequence[ApiKey]) -> Finding:
    if active:
        return Finding(name="keys", word="ok", text=f"{len(active)} in force")
    if is_open(settings):
        return Finding(name="keys", word="ok", text="none, and none is asked for on this address")
    advice = "`keepsharp keys create NAME --role admin` makes the first"
    return Finding(name="keys", word="fail", text="none, though every caller is asked for one", advice=advice)


def _check_hashed(keys: Sequence[ApiKey]) -> Finding:
    bare = [key.name for key in keys if not _DIGEST.fullmatch(key.digest)]
    if bare:
        advice = "revoke them and create others: what is kept there is no SHA-256"
        return Finding(name="keys are hashed", word="fail", text=f"not {', '.join(bare)}", advice=advice)
    return Finding(name="keys are hashed", word="ok", text="digests alone are kept")


def check_proxy(settings: Settings) -> Finding:
    """Whether a proxy that names people is one that nobody else can pass for."""
    name = "trusted proxy"
    if not settings.trusted_proxy_header:
        return Finding(name=name, word="ok", text="none: no header says who somebody is")
    text = f"{settings.trusted_proxy_header} counts from {', '.join(settings.trusted_proxies)}"
    wide = [one for one in settings.trusted_proxies if _is_wide(one)]
    if wide:
        advice = f"name the proxy's own addresses in KEEPSHARP_TRUSTED_PROXIES: anybody in {', '.join(wide)} may lie"
        return Finding(name=name, word="fail", text=text, advice=advice)
    if "admin" in settings.trusted_proxy_roles and not settings.trusted_proxy_roles_header:
        advice = "everybody whom it names may everything: name roles in KEEPSHARP_TRUSTED_PROXY_ROLES, or a header"
        return Finding(name=name, word="warn", text=text, advice=advice)
    return Finding(name=name, word="ok", text=text)


def _is_wide(given: str) -> bool:
    network = ipaddress.ip_network(given, strict=False)
    return network.prefixlen < _WIDEST[network.version]
