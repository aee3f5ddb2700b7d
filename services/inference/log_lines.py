"""Log lines that cost no request: what cannot be written, because the log's disk is full, is counted and told later."""

from __future__ import annotations

from typing import TextIO

import structlog


class LogLines(structlog.PrintLogger):
    """Prints each line; a stream that refuses one is no reason to refuse a prediction."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._stream, self._lost = stream, 0

    def msg(self, message: str) -> None:
        """One line, after a word on those that could not be written."""
        try:
            if self._lost:
                print(f'{{"event": "log lines could not be written", "lines": {self._lost}}}', file=self._stream)
                self._lost = 0
            super().msg(message)
        except OSError:
            self._lost += 1  # there is nowhere to say it now

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg
