"""A name server for one topology: it answers what Docker's own would, the addresses of a service's replicas."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType

PORT = 5353
_A, _IN = 1, 1


class NameServer:
    """Answers questions for A records over UDP; a name that is not there does not exist. `addresses` may change."""

    def __init__(self, address: str, addresses: Mapping[str, Sequence[str]]) -> None:
        self._addresses = addresses
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, PORT))
        self._socket.settimeout(0.2)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="names")

    def __enter__(self) -> NameServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            try:
                asked, who = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            self._socket.sendto(answer(asked, self._addresses), who)


def answer(asked: bytes, addresses: Mapping[str, Sequence[str]]) -> bytes:
    """The answer to a packet with one question (RFC 1035).

    >>> asked = struct.pack(">6H", 7, 256, 1, 0, 0, 0) + bytes([3]) + b"api" + bytes([0, 0, 1, 0, 1])
    >>> answer(asked, {"api": ["127.0.0.9"]})[-4:]
    b'\\x7f\\x00\\x00\\t'
    >>> answer(asked, {})[3] & 15
    3
    """
    labels, place = [], 12
    while length := asked[place]:
        labels.append(asked[place + 1 : place + 1 + length].decode("ascii"))
        place += 1 + length
    question = asked[12 : place + 5]
    kind, _ = struct.unpack(">2H", question[-4:])
    known = addresses.get(".".join(labels).lower())
    found = known if known is not None and kind == _A else []
    flags = 0x8580 if known is not None else 0x8583  # an answer with authority; 3: no such name
    records = [
        struct.pack(">3HIH", 0xC00C, _A, _IN, 1, 4) + socket.inet_aton(one)  # the name of the question
        for one in found
    ]
    head = asked[:2] + struct.pack(">5H", flags, 1, len(records), 0, 0)
    return head + question + b"".join(records)
