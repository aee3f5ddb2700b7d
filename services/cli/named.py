"""What a model file names outside itself, looked for before its data is read: modules, weights, and the trusted set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from infra.domain.errors import BundleError, DataError, SpecError, TrainingFailed

if TYPE_CHECKING:
    from infra.settings import Settings
    from infra.spec import ModelSpec

Place = tuple[str, ...]


def require_named(spec: ModelSpec, path: Path, settings: Settings) -> None:
    """Look for all of it.

    Raises:
        SpecError: what is not there or cannot be imported, all at once, each with its line in the model file.
        Refused: a module that this installation does not run.
    """
    from infra.spec.yaml_tree import read_tree

    tree = read_tree(path.read_text(encoding="utf-8-sig"), str(path))
    for place, look in _looks(spec, path.resolve().parent, settings):
        try:
            look()
        except SpecError as error:
            for mistake in error.mistakes:
                tree.mistake(place, mistake.problem)
        except (DataError, TrainingFailed, BundleError) as error:
            tree.mistake(place, str(error))
    if tree.mistakes:
        raise SpecError(str(path), sorted(tree.mistakes, key=lambda mistake: mistake.line or 0))


def _looks(spec: ModelSpec, folder: Path, settings: Settings) -> Iterator[tuple[Place, Callable[[], object]]]:
    from infra.history.golden import require_golden
    from monitoring.policies import policy_for

    allowed = settings.allowed_modules
    yield ("retraining", "policy"), lambda: policy_for(spec, allowed)
    yield ("labels", "golden"), lambda: require_golden(spec, folder, settings)
    start = spec.learner.start
    if isinstance(start, str) and start not in ("warm", "scratch"):
        yield ("learner", "start"), lambda: _begin(folder / start, allowed)
    for place, named in ((("learner", "network"), spec.network), (("baseline",), spec.baseline_in_force)):
        if ":" in named:
            yield place, _loading(named, allowed, ".".join(place))


def _begin(path: Path, allowed: tuple[str, ...]) -> object:
    from flows.training.pretrained import read_pretrained  # torch is not needed to look at what names no weights

    return read_pretrained(path, allowed_modules=allowed)


def _loading(named: str, allowed: tuple[str, ...], where: str) -> Callable[[], object]:
    def load() -> object:
        from infra.model.networks import load_function  # torch is not needed to look at what names no module

        return load_function(named, allowed_modules=allowed, where=where)

    return load
