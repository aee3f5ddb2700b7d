"""The sections `retraining` and `promotion` of a model file: when to retrain, and what a candidate has to show."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from infra.spec.section import ImportPath, Section, Share
from infra.spec.spans import Span

PolicyName = Literal["cost_aware", "degradation", "drift", "every", "never"] | ImportPath
Members = Annotated[list[PolicyName], Field(min_length=1)]


class Combination(Section):
    """Several policies together: one of `any`, `all`, or `at_least` with `of`."""

    model_config = ConfigDict(
        json_schema_extra={"accepted": "`{any: [a, b]}`, `{all: [a, b]}` or `{at_least: 2, of: [a, b]}`"}
    )

    any: Members | None = None
    """One of these is enough."""
    all: Members | None = None
    """All of these have to agree."""
    at_least: Annotated[int, Field(ge=1)] | None = None
    """So many of those under `of` have to agree."""
    of: Members | None = None
    """Those of whom `at_least` so many have to agree."""

    @property
    def members(self) -> tuple[str, ...]:
        """The policies that are combined."""
        return tuple(self.any or self.all or self.of or ())

    @property
    def least(self) -> int:
        """How many of them have to agree."""
        if self.at_least is not None:
            return self.at_least
        return 1 if self.any else len(self.members)

    def __str__(self) -> str:
        word = "any of" if self.any else "all of" if self.all else f"at least {self.least} of"
        return f"{word} {', '.join(self.members)}"


class Retraining(Section):
    """When to retrain, and on how much."""

    policy: PolicyName | Combination = "cost_aware"
    """What decides: a policy, one of your own, or several together."""
    every: Span | None = None
    """For the policy `every`; omitted: two windows."""
    schedule: str | None = None
    """Cron expression in event time, beside the policy."""
    min_labels: Annotated[int, Field(ge=1)] = 200
    """New labels below which nothing is trained."""
    replay: Annotated[float, Field(ge=0.0)] = 1.0
    """Earlier rows drawn for each new one."""
    cool_down: Span | None = None
    """Rest after a retraining, whatever a policy says; omitted: none."""

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies in force, by name: one, or those that are combined."""
        return self.policy.members if isinstance(self.policy, Combination) else (self.policy,)


class Promotion(Section):
    """What a candidate has to show."""

    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.99
    """That it is better than the champion, over all candidates together."""
    max_negative_flips: Share = 0.02
    """Share of rows the champion had right and the candidate has wrong, beyond those gained."""
    max_slice_drop: Share = 0.05
    """Loss of accuracy within one slice, beyond chance."""
    max_calibration_rise: Share = 0.05
    """How much further from the truth than the champion's its confidence may be, beyond chance; more where it
    tells surely more about which answers are right (logarithmic score) and no alert doubts the labels."""
    max_forgotten: Share = 0.05
    """Share of the corrections that became tests which it may lose against the champion."""
    max_answer_ms: Annotated[float, Field(gt=0.0)] = 100.0
    """Milliseconds for one row, in the code that serves."""
    max_answer_ratio: Annotated[float, Field(ge=1.0)] = 3.0
    """The same against the champion's, where it is felt at all (1 ms)."""
    max_bundle_mb: Annotated[float, Field(gt=0.0)] = 500.0
    """Megabytes of the version on disk."""
    approval: Literal["auto", "in_doubt", "manual"] = "auto"
    """`manual`: a candidate that passes waits for `keepsharp promote`; `in_doubt`: so it does while an alert says that
    labels look wrong and no trusted set is given. A world that changes makes labels look wrong as well."""
    approval_expires: Span = Span(duration=timedelta(days=7))
    """A candidate that nobody approved for so long is dropped."""
    shadow: bool | Span = False
    """A candidate answers in shadow first, and labels decide: for that many labelled rows, or four windows (`true`)."""
    shadow_expires: Span | None = None
    """A duration of event time after which it is dropped where labels have shown nothing; omitted: four weeks, or three
    times as long as its rows take to arrive, where that is longer."""
    second_chance: bool = False
    """One that was not shown to be better at once goes on in shadow, with a fifth of what it may use up."""
    probation: Span | None = None
    """How many rows a new champion is watched for beside the one before it; omitted: two windows, or 1,000 rows where
    windows are cut by time."""
