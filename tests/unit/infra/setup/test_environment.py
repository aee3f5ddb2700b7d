from pathlib import Path

import pytest

from infra.setup import environment
from infra.setup.environment import fingerprint, main, python_problem


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_supported_python_is_no_problem(version: tuple[int, int]) -> None:
    assert python_problem(version) is None


@pytest.mark.parametrize("version", [(3, 8), (3, 10), (3, 13)])
def test_other_python_is_named_with_the_way_out(version: tuple[int, int]) -> None:
    problem = python_problem(version)
    assert problem is not None
    assert f"{version[0]}.{version[1]}" in problem
    assert "make setup PYTHON=" in problem


def _tree(root: Path) -> Path:
    for name in environment.INPUTS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


@pytest.mark.parametrize("name", environment.INPUTS)
def test_fingerprint_follows_every_input(tmp_path: Path, name: str) -> None:
    root = _tree(tmp_path)
    before = fingerprint(root)
    assert fingerprint(root) == before
    (root / name).write_text("changed")
    assert fingerprint(root) != before


def test_does_nothing_when_nothing_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _tree(tmp_path)
    (root / ".venv").mkdir()
    (root / ".venv" / "keepsharp-setup").write_text(f"cpu {fingerprint(root)}")
    monkeypatch.chdir(root)
    monkeypatch.setattr(environment, "_build", lambda *args, **kwargs: pytest.fail("it built again"))
    assert main([]) == 0


def test_builds_afresh_when_the_other_torch_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, built = _tree(tmp_path), []
    (root / ".venv").mkdir()
    (root / ".venv" / "keepsharp-setup").write_text(f"cpu {fingerprint(root)}")
    monkeypatch.chdir(root)
    monkeypatch.setattr(environment, "_build", lambda root, wanted, *, afresh: built.append((wanted, afresh)))
    assert main(["--torch", "cuda"]) == 0
    assert main(["--torch", "cuda"]) == 0
    assert main(["--torch", ""]) == 0, "later commands keep the choice"
    assert built == [("cuda", True)]
