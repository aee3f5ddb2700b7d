from __future__ import annotations

from typing import get_args

import pytest

from infra.domain.access import AccessRole
from services.cli.commands.keys import Role
from services.inference.api_keys import digest_of
from tests.unit.services.cli.commands.conftest import Place


def test_the_roles_are_those_of_the_domain() -> None:
    assert [role.value for role in Role] == list(get_args(AccessRole))


def test_a_secret_is_shown_once_and_kept_nowhere(empty: Place) -> None:
    made = empty.json("keys", "create", "line-3", "--role", "predict", "--role", "label", "--per-minute", "600")
    secret = made["secret"]
    (key,) = empty.ports.keys.all()
    assert (key.name, key.roles, key.per_minute) == ("line-3", ("predict", "label"), 600)
    assert key.digest == digest_of(secret.encode())
    assert key.digest not in str(made)
    code, out, err = empty.run("keys", "list")
    assert (code, err) == (0, "")
    assert out.startswith("line-3  predict, label  created ")
    assert secret not in out + str(empty.json("keys", "list"))
    for file in empty.home.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()


def test_two_secrets_have_nothing_in_common(empty: Place) -> None:
    one, other = (empty.json("keys", "create", name, "--role", "read")["secret"] for name in ("one", "other"))
    assert len(one) == len(other) == 63
    assert one.split("_", 2)[2] != other.split("_", 2)[2]


def test_the_secret_is_told_to_a_person_with_how_to_send_it(empty: Place) -> None:
    code, out, _ = empty.run("keys", "create", "ana", "--role", "admin")
    assert code == 0
    assert "  ks_" in out
    assert "cannot be shown again" in out
    assert "Authorization: Bearer" in out


def test_a_revoked_key_stays_on_the_list_and_its_name_is_free_again(empty: Place) -> None:
    empty.json("keys", "create", "ana", "--role", "read")
    assert empty.run("keys", "create", "ana", "--role", "read")[0] == 1
    code, out, _ = empty.run("keys", "revoke", "ana")
    assert code == 0
    assert ", revoked " in out
    assert "within 5 seconds" in out
    empty.json("keys", "create", "ana", "--role", "operate")
    listed = empty.json("keys", "list")["keys"]
    assert [(one["roles"], one["revoked_at"] is None) for one in listed] == [(["read"], False), (["operate"], True)]


def test_no_key_is_said_kindly_and_an_empty_home_too(empty: Place) -> None:
    assert "nothing is kept" in empty.run("keys", "list")[1]
    assert empty.json("keys", "list") == {"keys": []}
    assert not empty.home.exists()
    empty.json("keys", "create", "ana", "--role", "read")
    empty.run("keys", "revoke", "ana", "--json")
    assert len(empty.json("keys", "list")["keys"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["create", "ana"], 2, "--role"),
        (["create"], 2, "create NAME"),
        (["create", "ana", "bob", "--role", "read"], 2, "create NAME"),
        (["create", "a b", "--role", "read"], 2, "letters, digits"),
        (["create", "x" * 64, "--role", "read"], 2, "letters, digits"),
        (["create", "ana", "--role", "king"], 2, "predict"),
        (["create", "ana", "--role", "read", "--per-minute", "0"], 2, "--per-minute"),
        (["revoke", "ana", "--role", "read"], 2, "belongs to"),
        (["list", "--per-minute", "5"], 2, "belongs to"),
        (["list", "ana"], 2, "list"),
        (["erase", "ana"], 2, "revoke NAME"),
        (["revoke", "ana"], 1, "nothing is kept"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_what_cannot_be_is_said(empty: Place, words: list[str], code: int, said: str) -> None:
    found, out, err = empty.run("keys", *words)
    assert (found, out) == (code, "")
    assert said in err
    assert not empty.home.exists()
