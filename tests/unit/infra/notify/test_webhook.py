from __future__ import annotations

import hmac
import json
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from hashlib import sha256

import pytest

from infra.domain.errors import Unavailable
from infra.notify.webhook import WebhookSender, body_of
from tests.unit.infra.notify.building import a_notice, receiver

HERE = frozenset({"127.0.0.1"})


def at(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    return lambda host, port: addresses


def refused(url: str, *addresses: str, allowed: frozenset[str] = frozenset()) -> str:
    with pytest.raises(Unavailable) as caught:
        WebhookSender(url, "", allowed, resolver=at(*addresses), deadline_seconds=2.0).send(a_notice())
    return str(caught.value)


def test_a_notice_arrives_signed_under_its_own_id() -> None:
    with receiver() as found:
        WebhookSender(found.url, "pssst", HERE).send(a_notice("n7"))
    ((headers, body),) = found.got
    assert json.loads(body)["subject"] == "[critical] line: accuracy_degraded"
    assert (headers["x-keepsharp-id"], headers["content-type"]) == ("n7", "application/json")
    seconds, digest = (part.partition("=")[2] for part in headers["x-keepsharp-signature"].split(","))
    assert digest == hmac.new(b"pssst", f"{seconds}.".encode() + body, sha256).hexdigest()


def test_the_same_notice_has_the_same_bytes_and_without_a_secret_it_says_that_it_is_unsigned() -> None:
    with receiver() as found:
        sender = WebhookSender(found.url, "", HERE)
        sender.send(a_notice())
        sender.send(a_notice(attempts=3, problem="it was away"))
    (first, body), (_, again) = found.got
    assert body == again == body_of(a_notice())
    assert first["x-keepsharp-signature"] == "unsigned"


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 500, 503])
def test_anything_but_success_is_no_delivery_and_no_redirect_is_followed(status: int) -> None:
    with receiver() as other, receiver() as found:
        found.status, found.location = status, other.url
        with pytest.raises(Unavailable, match=f"chat answered {status}"):
            WebhookSender(found.url, "", HERE).send(a_notice())
        assert other.got == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1"],
)
def test_a_name_at_an_address_within_is_refused_before_anything_is_sent(address: str) -> None:
    assert "which a webhook may not reach" in refused("https://hooks.example/x", address)
    assert "which a webhook may not reach" in refused("https://hooks.example/x", "1.1.1.1", address)


def test_an_address_written_out_is_checked_as_well() -> None:
    for host in ("127.0.0.1", "[::1]", "[::ffff:7f00:1]", "0x7f.1", "2130706433", "localhost"):
        with pytest.raises(Unavailable, match=r"may not reach|could not be resolved"):
            WebhookSender(f"https://{host}/x", "", frozenset()).send(a_notice())


def test_the_address_that_was_checked_is_the_one_connected_to_however_the_name_turns() -> None:
    asked: list[str] = []

    def turning(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.255.255.1"]

    with receiver() as found:
        url = found.url.replace("127.0.0.1", "hooks.example")
        WebhookSender(url, "", frozenset({"hooks.example"}), resolver=turning).send(a_notice())
        assert found.got[0][0]["host"] == f"hooks.example:{found.port}"
    assert asked == ["hooks.example"]


def test_a_name_that_turns_inward_on_the_next_notice_is_refused_then() -> None:
    with receiver() as found:
        url = f"https://hooks.example:{found.port}/x"
        assert "loopback" in refused(url, "127.0.0.1")
        assert found.got == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hooks.example/x", "is not https"),
        ("https://me:word@hooks.example/x", "has a password in its address"),
        ("https:///x", "is no URL"),
        ("https://hooks.example:99999/x", "is no URL"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_without_its_secrets(url: str, said: str) -> None:
    problem = refused(url, "1.1.1.1")
    assert said in problem
    assert "word" not in problem.replace("password", "")


def test_a_failure_never_names_the_path_where_hooks_keep_their_keys() -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/hook?key=topsecret"
        problem = refused(url, "127.0.0.1", allowed=HERE)
    assert "did not answer" in problem
    assert "topsecret" not in problem


def test_a_name_without_an_address_is_said() -> None:
    assert "has no address" in refused("https://hooks.example/x")

    def lost(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(Unavailable, match="could not be resolved"):
        WebhookSender("https://hooks.example/x", "", frozenset(), resolver=lost).send(a_notice())


def test_a_receiver_that_speaks_for_ever_is_cut_at_the_deadline() -> None:
    """It sends a byte whenever it likes: no single read ever times out."""
    over = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def drip() -> None:
            line, _ = server.accept()
            with closing(line):
                line.sendall(b"HTTP/1.1 200 OK\r\n")
                while not over.wait(0.02):
                    try:
                        line.sendall(b"X")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(Unavailable, match="did not answer"):
            WebhookSender(url, "", HERE, deadline_seconds=0.2).send(a_notice())
        over.set()
        thread.join()


def test_tls_is_spoken_under_the_hosts_name_at_the_checked_address() -> None:
    """A receiver that reads the greeting of TLS finds the name in it, not the address."""
    heard: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def listen() -> None:
            line, _ = server.accept()
            with closing(line):
                heard.append(line.recv(4096))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        url = f"https://hooks.example:{server.getsockname()[1]}/"
        with pytest.raises(Unavailable, match=r"hooks\.example did not answer"):
            WebhookSender(url, "", frozenset({"hooks.example"}), resolver=at("127.0.0.1")).send(a_notice())
        thread.join()
    assert b"hooks.example" in heard[0]
