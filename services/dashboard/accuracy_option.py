"""The scene as an ECharts option, to be zoomed and pointed at: what `scripts/charts.js` draws. Colours are names.

The upper grid holds the lanes of marks, the lower the figures; both share one time axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from infra.domain.windows import PerformanceReport, Window
from services.dashboard.chart import LEFT_WIDE, MOST_SINGLE, bounds
from services.dashboard.part import Part
from services.dashboard.scene import (
    LANES,
    Level,
    Mark,
    Scene,
    estimated,
    first_figure,
    measured,
    simple_figure,
    summary_words,
    window_words,
)

Json = dict[str, object]
Figures = Callable[[Window], PerformanceReport | None]
LANE_HEIGHT, TOP, RIGHT, BOTTOM = 20, 6, 16, 58
FEW_SIZE = 3
"""Pixels of a window where there are hundreds."""
_SYMBOLS: Mapping[str, tuple[str, str]] = {
    "promotion": ("triangle", "--ok"),
    "rejection": (
        "path://M-4 -5.5 0 -1.5 4 -5.5 5.5 -4 1.5 0 5.5 4 4 5.5 0 1.5 -4 5.5 -5.5 4 -1.5 0 -5.5 -4Z",
        "--quiet",
    ),
    "rollback": ("path://M-6 0 0 -6V-3H6V3H0V6Z", "--watch"),
    "retraining": ("rect", "--quiet"),
    "alert": ("circle", "--bad"),
}


def accuracy_option(scene: Scene, part: Part) -> Json:
    """`{"option": …, "summary": …}`; all windows are in it, zoomed to `part`. An empty scene gives empty axes."""
    if not scene.windows:
        return {"option": {}, "summary": "No window of traffic is full yet."}
    kinds = {mark.kind for mark in scene.marks}
    lanes = [(kind, words) for kind, words in LANES if kind in kinds]
    return {"option": _option(scene, part, lanes), "summary": summary_words(scene)}


def _option(scene: Scene, part: Part, lanes: Sequence[tuple[str, str]]) -> Json:
    plot_top, (low, high) = TOP + LANE_HEIGHT * len(lanes), (_drawn(scene, end) for end in bounds(scene))
    grid = {"left": LEFT_WIDE, "right": RIGHT, "containLabel": False}
    zoom: Json = {"xAxisIndex": [0, 1], "filterMode": "none"}
    for name, at in (("startValue", part.start), ("endValue", part.end)):
        if at is not None:
            zoom[name] = _ms(at)
    time: Json = {"type": "time", "min": _ms(scene.start), "max": _ms(scene.end), "axisLabel": _MOMENTS}
    hidden = {"axisLabel": {"show": False}, "axisTick": {"show": False}, "axisLine": {"show": False}}
    named = {"type": "category", "data": [words for _, words in lanes], "inverse": True}
    return {
        "grid": [{**grid, "top": plot_top, "bottom": BOTTOM}, {**grid, "top": TOP, "height": LANE_HEIGHT * len(lanes)}],
        "xAxis": [
            {**time, "gridIndex": 0, "splitLine": {"show": False}},
            {**time, "gridIndex": 1, **hidden, "splitLine": {"show": False}},
        ],
        "yAxis": [
            {"type": "value", "gridIndex": 0, "min": low, "max": high, "axisLabel": _labels(scene)},
            {**named, "gridIndex": 1, "axisTick": {"show": False}, "axisLine": {"show": False}},
        ],
        "dataZoom": [
            {"type": "inside", **zoom, "zoomOnMouseWheel": "shift", "moveOnMouseWheel": False},
            {"type": "slider", **zoom, **_SLIDER},
        ],
        "tooltip": {"trigger": "item"},
        "series": [
            *_figures(scene),
            *_levels(scene),
            *_beside(scene),
            *(_lane(scene, place, kind) for place, (kind, _) in enumerate(lanes)),
        ],
    }


_MOMENTS: Json = {
    "fontSize": 12,
    "hideOverlap": True,
    "formatter": {
        "year": "{MMM} {yyyy}",
        "month": "{MMM} {yyyy}",
        "day": "{d} {MMM}",
        "hour": "{HH}:{mm}",
        "minute": "{HH}:{mm}",
        "second": "{HH}:{mm}:{ss}",
        "millisecond": "{HH}:{mm}:{ss}",
        "none": "{d} {MMM}",
    },
}
_HOLLOW: Json = {"itemStyle": {"color": "--ground", "borderColor": "--quiet", "borderWidth": 1.75}}
_SIMPLE: Json = {"color": "--quiet", "width": 1.5, "type": [1, 4], "cap": "round"}
_FIRST: Json = {"color": "--edge", "width": 1.25}
_SLIDER: Json = {
    "height": 20,
    "bottom": 6,
    "showDetail": False,
    "brushSelect": True,
    "borderColor": "--rule",
    "fillerColor": "--band",
    "handleStyle": {"color": "--ground", "borderColor": "--accent"},
    "moveHandleStyle": {"color": "--edge"},
    "dataBackground": {"lineStyle": {"color": "--edge"}, "areaStyle": {"color": "--rule"}},
    "selectedDataBackground": {"lineStyle": {"color": "--accent"}, "areaStyle": {"color": "--band"}},
}


def _labels(scene: Scene) -> Json:
    words = {"formatter": "{value}%"} if scene.metric == "accuracy" else {}
    return {"showMinLabel": False, "showMaxLabel": False, **words}


def _drawn(scene: Scene, value: float) -> float:
    """As it is drawn: an accuracy in percent, since an axis writes its numbers as they are."""
    return float(f"{100 * value if scene.metric == 'accuracy' else value:.5g}")


def _figures(scene: Scene) -> Iterable[Json]:
    """The measured line with its interval, and the estimated one, dashed, with hollow diamonds."""
    for figures, name, dash, symbol in (
        (estimated, "estimated", "dashed", "diamond"),
        (measured, "measured", "solid", "circle"),
    ):
        is_measured = figures is measured
        size = FEW_SIZE + 3 if len(scene.windows) <= MOST_SINGLE else FEW_SIZE
        shown = list(_shown(scene, figures))
        if not any(found for _, found in shown):
            continue
        if is_measured:
            yield from _interval(scene, shown)
        yield {
            "type": "line",
            "name": name,
            "data": [_datum(scene, window, found) for window, found in shown],
            "symbol": symbol,
            "symbolSize": size,
            "lineStyle": {"color": "--accent", "width": 1.75 if is_measured else 1.25, "type": dash},
            "itemStyle": {
                "color": "--ground" if size > FEW_SIZE else "--accent",
                "borderColor": "--accent",
                "borderWidth": 1.5,
            },
            "z": 4 if is_measured else 3,
            **({"markArea": _unmeasured(scene)} if is_measured else {}),
        }


def _shown(scene: Scene, figures: Figures) -> Iterable[tuple[Window, PerformanceReport | None]]:
    return ((window, figures(window)) for window in scene.windows)


def _middle(window: Window) -> int:
    return (_ms(window.start) + _ms(window.end)) // 2


def _datum(scene: Scene, window: Window, found: PerformanceReport | None) -> Json:
    if found is None:
        return {"value": [_middle(window), None]}
    link = f"/models/{quote(scene.model, safe='')}/windows/{window.index}"
    return {
        "value": [_middle(window), _drawn(scene, found.value)],
        "tip": window_words(window, scene.metric),
        "link": link,
    }


def _interval(scene: Scene, shown: Sequence[tuple[Window, PerformanceReport | None]]) -> Iterable[Json]:
    """Two lines on top of each other: the lower end, not seen, and the width of the interval, filled."""
    for part in ("low", "width"):
        yield {
            "type": "line",
            "name": f"interval {part}",
            "stack": "interval",
            "silent": True,
            "symbol": "none",
            "lineStyle": {"opacity": 0},
            "areaStyle": {"color": "--band" if part == "width" else "transparent", "opacity": 1},
            "data": [
                [
                    _middle(window),
                    None if found is None else _drawn(scene, found.low if part == "low" else found.high - found.low),
                ]
                for window, found in shown
            ],
        }


def _unmeasured(scene: Scene) -> Json:
    """Stretches without a measured figure, framed by dashes."""
    stretches: list[list[datetime]] = []
    for window in scene.windows:
        if measured(window) is not None:
            continue
        if stretches and stretches[-1][1] >= window.start:
            stretches[-1][1] = window.end
        else:
            stretches.append([window.start, window.end])
    return {
        "silent": True,
        "itemStyle": {"color": "--raised", "borderColor": "--edge", "borderWidth": 1, "borderType": "dashed"},
        "data": [[{"xAxis": _ms(start)}, {"xAxis": _ms(end)}] for start, end in stretches],
    }


def _levels(scene: Scene) -> Iterable[Json]:
    for name, levels, style in (
        ("accepted", scene.accepted, {"color": "--quiet", "width": 1.5}),
        ("simple model", scene.simple, _SIMPLE),
    ):
        if levels:
            area = _tolerated(scene, levels) if name == "accepted" else {}
            yield {**_silent_line(name, style, list(_corners(scene, levels))), "markArea": area}


def _beside(scene: Scene) -> Iterable[Json]:
    """What those who did not answer would have reached: faint, below everything else."""
    for name, value, style in (
        ("first champion", first_figure, _FIRST),
        ("simple model", simple_figure, _SIMPLE),
    ):
        shown = [(_middle(window), value(window)) for window in scene.windows]
        if any(figure is not None for _, figure in shown):
            data = [[at, None if figure is None else _drawn(scene, figure)] for at, figure in shown]
            yield _silent_line(name, style, data)


def _silent_line(name: str, style: Json, data: Sequence[object]) -> Json:
    """A line below the figures, which the pointer passes over."""
    return {
        "type": "line",
        "name": name,
        "silent": True,
        "symbol": "none",
        "lineStyle": style,
        "data": data,
        "z": 2,
    }


def _corners(scene: Scene, levels: Iterable[Level]) -> Iterable[list[object]]:
    for one in levels:
        yield [_ms(one.start), _drawn(scene, one.value)]
        yield [_ms(one.end), _drawn(scene, one.value)]
        yield [_ms(one.end), None]


def _tolerated(scene: Scene, levels: Iterable[Level]) -> Json:
    """From each accepted level to the limit beyond which there is an alert."""
    found = [(one, limit) for one in levels if (limit := scene.limit(one.value)) is not None]
    data = [
        [
            {"xAxis": _ms(one.start), "yAxis": _drawn(scene, limit)},
            {"xAxis": _ms(one.end), "yAxis": _drawn(scene, one.value)},
        ]
        for one, limit in found
    ]
    return {"silent": True, "itemStyle": {"color": "--tolerated"}, "data": data}


def _lane(scene: Scene, place: int, kind: str) -> Json:
    symbol, colour = _SYMBOLS[kind]
    return {
        "type": "scatter",
        "name": kind,
        "xAxisIndex": 1,
        "yAxisIndex": 1,
        "symbol": symbol,
        "symbolSize": 11,
        "itemStyle": {"color": colour},
        "z": 5,
        "data": [_placed(scene, mark, place) for mark in scene.marks if mark.kind == kind],
    }


def _placed(scene: Scene, mark: Mark, place: int) -> Json:
    at = min(max(mark.at, scene.start), scene.end)
    style = _HOLLOW if mark.minor or mark.kind == "retraining" else {}
    return {"value": [_ms(at), place], "tip": mark.text, "link": mark.link, **style}


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
