"""One model over event time, read through the ports: its windows at a glance, what was decided, what was wrong.

It knows nothing of HTML. Whatever is drawn of hundreds of windows is read without their drift reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from infra.domain.alerts import Alert
from infra.domain.decisions import PromotionDecision, TrainingRun
from infra.domain.windows import DriftGlance, Window
from infra.ports import Ports
from services.dashboard.model_file import spec_of
from services.dashboard.part import Part
from services.dashboard.queries import Standing, standing_of
from services.dashboard.scene import Level

CHART_WINDOWS = 400
MOST_RECORDS = 200


@dataclass(frozen=True, kw_only=True)
class Story:
    """Everything the model's own page shows. Windows and drifts are oldest first, the rest newest first."""

    standing: Standing
    windows: tuple[Window, ...]
    """Without their drift reports."""
    drifts: tuple[DriftGlance, ...]
    alerts: tuple[Alert, ...]
    decisions: tuple[PromotionDecision, ...]
    runs: tuple[TrainingRun, ...]
    tolerance: float | None
    """`monitoring.tolerance` of the model file; None when it cannot be read any more."""

    @property
    def versions(self) -> tuple[int, ...]:
        """Those that answered in the windows, newest first."""
        return tuple(sorted({version for window in self.windows for version in window.versions}, reverse=True))

    @property
    def shares(self) -> Mapping[int, float]:
        """By window, the share of its columns that drifted."""
        return {drift.index: drift.share for drift in self.drifts}

    def of_version(self, version: int | None) -> Story:
        """The same with the windows in which that version answered; all for None."""
        return self.within(Part(version=version))

    def within(self, part: Part) -> Story:
        """The same with the windows of that part alone."""
        windows = tuple(window for window in self.windows if part.holds(window))
        kept = {window.index for window in windows}
        return replace(self, windows=windows, drifts=tuple(one for one in self.drifts if one.index in kept))


def story_of(ports: Ports, name: str, *, with_drifts: bool = True) -> Story:
    """One model.

    Raises:
        NotFound: no such model.
    """
    model = ports.models.get(name)
    spec = spec_of(model)
    standing = standing_of(ports, model, CHART_WINDOWS)
    return Story(
        standing=standing,
        windows=standing.recent,
        drifts=tuple(reversed(ports.windows.drifts(name, CHART_WINDOWS))) if with_drifts else (),
        alerts=tuple(ports.alerts.page(name, MOST_RECORDS)),
        decisions=tuple(ports.decisions.page(name, MOST_RECORDS)),
        runs=tuple(ports.runs.page(name, MOST_RECORDS)),
        tolerance=spec.monitoring.tolerance if spec is not None else None,
    )


def accepted_levels(story: Story) -> list[Level]:
    """What each champion was accepted at, oldest first; the last one's ends with the last window."""
    levels, champion = _metric_by_version(story, "holdout"), story.standing.champion
    if champion is not None:
        levels[champion.version] = champion.accepted
    return _levels(story, levels)


def simple_levels(story: Story) -> list[Level]:
    """What the simple model reached on the rows that were held out from each champion's training."""
    return _levels(story, _metric_by_version(story, "baseline"))


def _metric_by_version(story: Story, side: str) -> dict[int, float | None]:
    name = f"{side}_{story.standing.metric}"
    return {run.version: (run.metrics or {}).get(name) for run in story.runs if run.version is not None}


def _levels(story: Story, levels: Mapping[int, float | None]) -> list[Level]:
    crowned = [one for one in reversed(story.decisions) if one.kind in ("promote", "rollback")]
    if not crowned or not story.windows:
        return []
    ends = [one.at for one in crowned[1:]] + [max(story.windows[-1].end, crowned[-1].at)]
    found = [(one.at, end, levels.get(one.version)) for one, end in zip(crowned, ends, strict=True)]
    return [Level(start=start, end=end, value=value) for start, end, value in found if value is not None]
