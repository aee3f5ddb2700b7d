from __future__ import annotations

import getpass
import os

import pytest

from services.cli.person import person


def test_a_person_goes_by_the_name_of_their_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    assert person() == "ada"


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_an_account_without_a_name_goes_by_its_number(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise error("no such account")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert person() == f"uid {os.getuid()}"
