"""Contradictions within the section `learner`, and between it and the data; see `infra.spec.agreement`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Disagreement = tuple[tuple[str | int, ...], str]


def learner_disagreements(learner: Mapping[str, object], data: Mapping[str, object]) -> Iterator[Disagreement]:
    """Every contradiction, as (place, sentence); parts of the wrong type are passed over."""
    if learner.get("network") == "cnn" and data.get("images") is None:
        yield ("learner", "network"), "`cnn` reads pictures, but data.images names none: use `mlp`"
    if learner.get("augment") in ("light", "strong") and data.get("images") is None:
        yield ("learner", "augment"), "changes pictures, but data.images names none: remove it"
    if learner.get("embedding") is not None and learner.get("network") == "cnn":
        yield ("learner", "embedding"), "is for tables, but the network is `cnn`: remove it"
    if learner.get("frozen") and learner.get("start") == "scratch":
        problem = (
            "keeps weights as they start, but learner.start is `scratch`, which starts from random ones: start from a "
            "checkpoint, or remove it"
        )
        yield ("learner", "frozen"), problem
    if learner.get("precision") == "bfloat16" and learner.get("device") == "cpu":
        problem = "`bfloat16` is slower than float32 on most CPUs and learns less: use `auto`, or another device"
        yield ("learner", "precision"), problem
    warm_up = learner.get("warm_up")
    if isinstance(warm_up, int | float) and warm_up >= 1:
        yield ("learner", "warm_up"), "is the whole training: give a share below 1, such as 0.1"
