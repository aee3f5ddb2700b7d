"""Secrets that come from files, and what is said of those that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.domain.errors import SpecError
from infra.secret_files import SECRETS
from infra.settings import Settings

CANARY = "canary-7d1f"


def _name(monkeypatch: pytest.MonkeyPatch, variable: str, folder: Path, content: str) -> Path:
    file = folder / variable.lower()
    file.write_text(content)
    monkeypatch.setenv(f"{variable}_FILE", str(file))
    return file


def test_every_secret_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in SECRETS:
        content = f'{{"chat": "{CANARY}"}}' if name == "targets" else f"{CANARY}-{name}\n"
        _name(monkeypatch, f"KEEPSHARP_{name.upper()}", tmp_path, content)
    found = Settings()
    assert found.database == f"{CANARY}-database_url"
    assert found.signing_secret == f"{CANARY}-signing_secret"
    assert found.targets == {"chat": CANARY}
    assert CANARY not in repr(found)


def test_what_is_given_in_code_counts_before_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _name(monkeypatch, "KEEPSHARP_SIGNING_SECRET", tmp_path, CANARY)
    assert Settings(signing_secret="mine").signing_secret == "mine"


def test_all_mistakes_come_at_once_without_a_word_of_the_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _name(monkeypatch, "KEEPSHARP_TARGETS", tmp_path, f"{{{CANARY}")
    _name(monkeypatch, "KEEPSHARP_DATABASE_URL", tmp_path, "\n")
    _name(monkeypatch, "KEEPSHARP_WEBHOOK_SECRET", tmp_path, CANARY)
    monkeypatch.setenv("KEEPSHARP_WEBHOOK_SECRET", CANARY)
    monkeypatch.setenv("KEEPSHARP_SIGNING_SECRET_FILE", str(tmp_path / "absent"))
    with pytest.raises(SpecError) as raised:
        Settings()
    said = str(raised.value)
    for part in ("holds no JSON", "is empty", "is set as well", "cannot be read (No such file or directory)"):
        assert part in said
    assert CANARY not in said
    assert raised.value.__context__ is None, "a traceback would show what the file holds"
