from __future__ import annotations

import errno
import io

import pytest

from services.inference.log_lines import LogLines


class FullDisk(io.StringIO):
    """A stream whose disk is full until there is room."""

    is_full = True

    def write(self, text: str) -> int:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_a_line_that_cannot_be_written_raises_nothing_and_is_counted() -> None:
    stream = FullDisk()
    lines = LogLines(stream)
    lines.info('{"event": "one"}')
    lines.warning('{"event": "two"}')
    stream.is_full = False
    lines.info('{"event": "three"}')
    lines.error('{"event": "four"}')
    assert stream.getvalue().splitlines() == [
        '{"event": "log lines could not be written", "lines": 2}',
        '{"event": "three"}',
        '{"event": "four"}',
    ]


def test_another_problem_of_a_stream_is_not_hidden() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        LogLines(stream).info("x")
