"""Who a proxy names: only from its own addresses, only once, and with no more than its roles."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from infra.memory.keys import MemoryKeys
from infra.settings import Settings
from services.inference.access import Access
from services.inference.problems import Problem
from services.inference.trusted_proxy import trusted_proxy

FROM = "10.1.2.3"
USER = (b"x-forwarded-user", b"ana@example.org")


def access(**more: object) -> Access:
    settings = Settings.model_validate(
        {"trusted_proxy_header": "X-Forwarded-User", "trusted_proxies": ("10.0.0.0/8", "::1"), **more}
    )
    return Access(MemoryKeys(), open=False, requests_per_minute=60, proxy=trusted_proxy(settings))


def test_whom_the_proxy_names_may_read_unless_told_otherwise() -> None:
    who = access().admit([USER], "read", FROM)
    assert (who.name, who.known) == ("ana@example.org", True)
    assert who.roles == {"read"}
    assert access(trusted_proxy_roles=("read", "operate")).admit([USER], "operate", FROM).may("operate")
    with pytest.raises(Problem, match=r"needs the role operate, and ana@example.org has read") as refused:
        access().admit([USER], "operate", FROM)
    assert refused.value.status_code == 403


def test_roles_may_come_by_header_and_unknown_words_count_for_nothing() -> None:
    guarded = access(trusted_proxy_roles_header="X-Forwarded-Groups")
    groups = (b"x-forwarded-groups", b"staff, operate ,read,root")
    assert guarded.admit([USER, groups], "operate", FROM).roles == {"operate", "read"}
    with pytest.raises(Problem, match="has none"):
        guarded.admit([USER], "read", FROM)


@pytest.mark.parametrize(
    ("headers", "client", "reason"),
    [
        ([USER], "11.0.0.1", "another address"),
        ([USER], None, "no address, as on a socket file"),
        ([USER], "proxy", "a name"),
        ([USER, USER], FROM, "the client sent it too"),
        ([(USER[0], b"")], FROM, "no name"),
        ([(USER[0], b"<b>ana</b>")], FROM, "no name that goes on record"),
        ([], FROM, "nobody named"),
    ],
)
def test_the_header_counts_from_nowhere_else(
    headers: list[tuple[bytes, bytes]], client: str | None, reason: str
) -> None:
    with pytest.raises(Problem) as refused:
        access().admit(headers, "read", client)
    assert refused.value.status_code == 503, reason  # as for anybody before the keys were read


@pytest.mark.parametrize("client", ["::ffff:10.1.2.3", "::1"])
def test_addresses_of_both_kinds_are_understood(client: str) -> None:
    assert access().admit([USER], "read", client).known


def test_another_sites_page_may_not_act_through_the_proxy() -> None:
    origin = [(b"origin", b"https://evil.example"), (b"host", b"keepsharp.example"), USER]
    with pytest.raises(Problem, match=r"evil\.example"):
        access(trusted_proxy_roles=("operate",)).admit(origin, "operate", FROM)


def test_a_header_that_anybody_could_send_is_no_setting() -> None:
    with pytest.raises(ValidationError, match="KEEPSHARP_TRUSTED_PROXIES"):
        Settings(trusted_proxy_header="X-Forwarded-User")
    with pytest.raises(ValidationError, match="does not appear to be an IPv4 or IPv6 network"):
        Settings(trusted_proxy_header="X-Forwarded-User", trusted_proxies=("proxy",))
