from __future__ import annotations

import errno
import io

from infra.supervisor import Supervisor


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_on_a_full_disk_stops_nobody_who_reads_a_child() -> None:
    Supervisor(FullDisk()).say("api", "a line that nobody can keep")


def test_each_line_carries_the_name_of_its_child() -> None:
    log = io.StringIO()
    Supervisor(log).say("api", "it serves")
    assert log.getvalue() == "api      | it serves\n"
