from __future__ import annotations

import asyncio
import logging

import pytest

from flows.deployments import is_no_end


@pytest.mark.parametrize(
    ("error", "told"), [(asyncio.CancelledError(), False), (OSError("the disk is full"), True), (None, True)]
)
def test_that_something_was_cancelled_is_no_error_and_everything_else_is_told(
    error: BaseException | None, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.Logger("asyncio of a test")
    logger.addFilter(is_no_end)
    logger.addHandler(caplog.handler)
    logger.error("Exception in callback", exc_info=error)
    assert bool(caplog.records) == told
