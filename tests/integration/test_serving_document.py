"""Every answer is as the OpenAPI document says, whatever is sent; `make chaos` sends much more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.document import examine
from tests.integration.listening import documented


@pytest.mark.slow
def test_no_answer_contradicts_the_document_and_none_is_a_5xx(tmp_path: Path) -> None:
    with documented(tmp_path) as (url, secret):
        problems = examine(url, secret, tmp_path, examples=8, seed=3)
    assert not problems, "\n".join(problems)
