"""What `model.html` is given: pictures drawn and records arranged. It reads no port and writes no HTML."""

from __future__ import annotations

from dataclasses import replace

from infra.domain.alerts import Alert
from services.dashboard.chart import draw
from services.dashboard.heat_map import FIRST_FEATURES, Cells, cells_of, heat_map, legend
from services.dashboard.marks import DONE, marks_of
from services.dashboard.part import Part
from services.dashboard.scene import Scene, first_figure, measured, simple_figure
from services.dashboard.sparkline import HEIGHT, WIDTH
from services.dashboard.story import Story, accepted_levels, simple_levels
from services.dashboard.trends import trends_of
from services.dashboard.views import retrain_words

CHART_WIDTHS = {"wide": 960, "narrow": 360}
MOST_LISTED = 40
"""Windows in the table until all are asked for."""
_SEVERITIES = ("critical", "warning", "info")


def scene_of(story: Story) -> Scene:
    """The model's life as it is drawn."""
    return Scene(
        model=story.standing.name,
        metric=story.standing.metric,
        windows=story.windows,
        accepted=tuple(accepted_levels(story)),
        simple=tuple(simple_levels(story)) if all(simple_figure(one) is None for one in story.windows) else (),
        marks=marks_of(story),
        tolerance=story.tolerance,
    )


def drift_cells(story: Story) -> Cells | None:
    """What the heat map shows."""
    return cells_of(story.windows, story.drifts)


def model_view(whole: Story, part: Part, *, every_feature: bool, every_window: bool) -> dict[str, object]:
    """The page of a model, of which a part is looked at."""
    story = whole.within(part)
    standing, scene, cells = whole.standing, scene_of(story), drift_cells(story)
    scene = scene if part.is_whole else _trimmed(scene)
    most = 10_000 if every_feature else FIRST_FEATURES
    listed = tuple(reversed(story.windows))[: None if every_window else MOST_LISTED]
    return {
        "standing": standing,
        "retrain": retrain_words(standing),
        "part": part,
        "versions": whole.versions,
        "any_window": bool(whole.windows),
        "scene": scene,
        "charts": {name: draw(scene, width=width) for name, width in CHART_WIDTHS.items()},
        "has_estimates": any(window.estimate is not None for window in story.windows),
        "has_first": any(first_figure(window) is not None for window in story.windows),
        "has_plain": any(simple_figure(window) is not None for window in story.windows),
        "has_provisional": any(measured(window) is None for window in story.windows),
        "maps": {name: heat_map(cells, width=width, most=most) for name, width in CHART_WIDTHS.items()}
        if cells
        else {},
        "heat_legend": legend(),
        "every_feature": every_feature,
        "trends": trends_of(story.windows, story.shares, standing.metric),
        "spark_size": (WIDTH, HEIGHT),
        "windows": listed,
        "windows_left_out": len(story.windows) - len(listed),
        "shares": story.shares,
        "alerts_of": _alerts_by_window(whole),
        "unresolved": sorted(standing.alerts, key=_worst_then_newest),
        "resolved": [alert for alert in whole.alerts if alert.state == "resolved"],
        "decisions": whole.decisions,
        "done": DONE,
    }


def _trimmed(scene: Scene) -> Scene:
    """Marks outside of the part that is looked at are no marks at its edges."""
    if not scene.windows:
        return scene
    marks = tuple(mark for mark in scene.marks if scene.start <= mark.at <= scene.end)
    return replace(scene, marks=marks)


def _alerts_by_window(story: Story) -> dict[int, int]:
    """How many alerts name each window as their evidence."""
    counts: dict[int, int] = {}
    for alert in story.alerts:
        window = alert.evidence.get("window")
        if isinstance(window, int):
            counts[window] = counts.get(window, 0) + 1
    return counts


def _worst_then_newest(alert: Alert) -> tuple[int, float]:
    return _SEVERITIES.index(alert.severity), -alert.opened_at.timestamp()
