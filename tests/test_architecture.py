"""What the house promises about its shape. The import contracts themselves are import-linter's, in `make test`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("infra", "monitoring", "flows", "services")
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 40

LONG_MODULES: dict[str, str] = {}
"""Modules that may be longer, each with the reason."""

LONG_FUNCTIONS: dict[str, str] = {}
"""Functions that may be longer, as `path:name`, each with the reason."""

HEAVY = ("torch", "mlflow", "prefect", "evidently", "pandas", "sklearn")
UNSAFE_CALLS = {"torch.load", "pickle.load", "pickle.loads", "joblib.load", "dill.load", "marshal.loads"}
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
SERVING = ("services/inference", "infra/model")


def modules(*folders: str) -> Iterator[Path]:
    """Every module of these folders, migrations left out: they are records of what was, not code to read."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations/versions" not in path.as_posix():
                yield path


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body: neither a docstring nor a parameter a line makes a function hard to read."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not body:
        return 0
    end = body[-1].end_lineno
    assert end is not None
    return end - body[0].lineno + 1


def test_no_module_is_too_long() -> None:
    lengths = {named(path): len(path.read_text().splitlines()) for path in modules(*PACKAGES)}
    long = {name: lines for name, lines in lengths.items() if lines > MOST_LINES}
    assert long.keys() <= LONG_MODULES.keys(), f"over {MOST_LINES} lines, so asking for a second name: {long}"


def test_no_function_is_too_long() -> None:
    long = {
        f"{named(path)}:{node.name}": length(node)
        for path in modules(*PACKAGES)
        for node in functions(path)
        if length(node) > MOST_LINES_OF_A_FUNCTION
    }
    assert long.keys() <= LONG_FUNCTIONS.keys(), f"over {MOST_LINES_OF_A_FUNCTION} lines: {long}"


def test_no_exception_from_the_limits_is_kept_longer_than_it_is_needed() -> None:
    for name in LONG_MODULES:
        assert len((ROOT / name).read_text().splitlines()) > MOST_LINES, f"{name} is short enough: strike it"
    for name in LONG_FUNCTIONS:
        path, function = name.split(":")
        assert any(node.name == function and length(node) > MOST_LINES_OF_A_FUNCTION for node in functions(ROOT / path))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_and_module_says_what_it_is(package: str) -> None:
    silent = [named(path) for path in modules(package) if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in modules(*PACKAGES)} - {ROOT / "infra/docker"}  # a script beside its image
    assert [named(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after the statement."""
    program = f"import sys\n{statement}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def domain_modules() -> str:
    return ", ".join(
        f"infra.domain.{path.stem}" for path in sorted((ROOT / "infra/domain").glob("*.py")) if path.stem != "__init__"
    )


def test_the_domain_loads_the_standard_library_alone() -> None:
    extra = loaded_by(f"import {domain_modules()}") - loaded_by("pass") - sys.stdlib_module_names
    assert extra <= {"infra"}, f"the domain loads {sorted(extra)}"


@pytest.mark.parametrize("module", ["services.cli.main", "infra.settings", "infra.ports"])
def test_what_must_answer_at_once_loads_nothing_heavy(module: str) -> None:
    assert sorted(loaded_by(f"import {module}").intersection(HEAVY)) == []


def test_serving_loads_no_orchestrator_tracker_or_training() -> None:
    found = loaded_by("import services.inference.app")
    assert sorted(found & {"mlflow", "prefect", "evidently", "flows"}) == []


def unsafe(path: Path) -> list[str]:
    """Imports and calls in a module that could run what a file contains."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] in UNSAFE_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in UNSAFE_MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.ImportFrom) and node.module == "torch":
            found += [f"torch.{alias.name}" for alias in node.names if alias.name == "load"]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in UNSAFE_CALLS:
            found.append(ast.unparse(node.func))
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            found.append("allow_pickle")
    return found


@pytest.mark.parametrize("folder", [*SERVING, "services", "infra", "monitoring", "flows"])
def test_nothing_is_ever_unpickled(folder: str) -> None:
    found = {named(path): unsafe(path) for path in modules(folder)}
    assert {name: names for name, names in found.items() if names} == {}


def test_the_scan_would_find_what_it_looks_for(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("import pickle\nfrom torch import load\ntorch.load(x)\nnp.load(x, allow_pickle=True)\n")
    assert unsafe(bad) == ["pickle", "torch.load", "torch.load", "allow_pickle"]
