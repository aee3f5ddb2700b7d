"""Parts of a model file that contradict each other, found on plain values so that nothing has to be valid first.

It knows no YAML and no lines; each finding names its place, and `infra.spec.reading` knows the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.spec.learner_agreement import learner_disagreements
from infra.spec.spans import Span

Place = tuple[str | int, ...]
Disagreement = tuple[Place, str]

_OF_CLASSES = ("logistic_regression", "majority")
_OF_NUMBERS = ("ridge", "mean")


def disagreements(values: Mapping[str, object]) -> list[Disagreement]:
    """Every contradiction, as (place, sentence); parts of the wrong type are passed over."""
    data = _section(values, "data")
    return [
        *_task_against_names(values, data),
        *_columns_against_columns(data),
        *_source_against_query(data),
        *_times(data),
        *_spans(_section(values, "monitoring"), _section(values, "retraining")),
        *_promotion(_section(values, "promotion")),
        *_alerts(_section(values, "alerts")),
        *_serving(_section(values, "serving")),
        *learner_disagreements(_section(values, "learner"), data),
        *_rates(_section(values, "costs")),
    ]


def _section(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = values.get(name)
    return section if isinstance(section, Mapping) else {}


def _texts(section: Mapping[str, object], name: str) -> list[str]:
    listed = section.get(name)
    return [item for item in listed if isinstance(item, str)] if isinstance(listed, (list, tuple)) else []


def _task_against_names(values: Mapping[str, object], data: Mapping[str, object]) -> Iterator[Disagreement]:
    task, baseline = values.get("task"), values.get("baseline")
    if task == "regression" and data.get("positive") is not None:
        yield ("data", "positive"), "names a class, but the task is regression: remove it"
    if task == "regression" and baseline in _OF_CLASSES:
        yield ("baseline",), f"`{baseline}` answers classes: use `ridge`, `mean` or `last_value` for regression"
    if task == "classification" and baseline in _OF_NUMBERS:
        yield ("baseline",), f"`{baseline}` answers numbers: use `logistic_regression`, `majority` or `last_value`"


def _columns_against_columns(data: Mapping[str, object]) -> Iterator[Disagreement]:
    target, time, images = (data.get(name) for name in ("target", "time", "images"))
    listed = data.get("features")
    features = listed if isinstance(listed, Mapping) else {}
    for name in features:
        if name == target:
            yield ("data", "features", name), "is the target, and would give the answer away: remove it"
        elif name == time:
            yield ("data", "features", name), "is the time column, which is never a feature: remove it"
        elif name == images:
            yield ("data", "features", name), "is the array of pictures, which is a feature already: remove it"
        elif name in _texts(data, "ignore"):
            yield ("data", "features", name), "is listed under data.ignore as well: keep one of the two"
    yield from _target_against_others(data)


def _target_against_others(data: Mapping[str, object]) -> Iterator[Disagreement]:
    target, time, images = (data.get(name) for name in ("target", "time", "images"))
    if target is not None and target == time:
        yield ("data", "time"), f"`{time}` is the target as well: name two different columns"
    if target is not None and target == images:
        yield ("data", "images"), f"`{images}` is the target as well: name two different arrays"
    for index, name in enumerate(_texts(data, "slices")):
        if name == target:
            yield ("data", "slices", index), f"`{name}` is the target: slice by another column"
        elif name == time:
            yield ("data", "slices", index), f"`{name}` is the time, always different: slice by another column"


def _source_against_query(data: Mapping[str, object]) -> Iterator[Disagreement]:
    source, query = data.get("source"), data.get("query")
    is_url = isinstance(source, str) and "://" in source
    if query is not None and isinstance(source, str) and not is_url:
        yield ("data", "query"), f"needs a database URL as data.source; got `{source}`"
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        yield ("data", "source"), f"`{source}` is a web address, which keepsharp does not fetch: download it first"
    elif is_url and query is None:
        yield ("data", "source"), "is a database URL: give the select under data.query"


def _times(data: Mapping[str, object]) -> Iterator[Disagreement]:
    zone = data.get("time_zone")
    if isinstance(zone, str) and not _is_zone(zone):
        yield ("data", "time_zone"), f"`{zone}` is not a known time zone: write a name such as `Europe/Rome` or `UTC`"
    if data.get("time") is not None:
        for name in ("time_start", "time_step"):
            if data.get(name) is not None:
                yield ("data", name), "is for data without a time column, but data.time names one: remove one of them"
    step = _span(data.get("time_step"))
    if step is not None and step.duration is None:
        yield ("data", "time_step"), f"must be a duration such as `30m` or `1d`; got `{step}`"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _spans(monitoring: Mapping[str, object], retraining: Mapping[str, object]) -> Iterator[Disagreement]:
    window, minimum = _span(monitoring.get("window")), monitoring.get("minimum_rows", 30)
    if window is not None and window.rows is not None and isinstance(minimum, int) and window.rows < minimum:
        problem = (
            f"`{window}` is below monitoring.minimum_rows ({minimum}), so that no window would ever be judged: "
            "make the window longer or minimum_rows smaller"
        )
        yield ("monitoring", "window"), problem
    yield from _policy(retraining)
    schedule = retraining.get("schedule")
    if isinstance(schedule, str) and not _is_cron(schedule):
        problem = (
            f"`{schedule}` is not a cron expression that ever comes: write five fields, such as `0 3 * * *` for 03:00 "
            "every day"
        )
        yield ("retraining", "schedule"), problem


def _policy(retraining: Mapping[str, object]) -> Iterator[Disagreement]:
    policy, place = retraining.get("policy", "cost_aware"), ("retraining", "policy")
    named: list[object] = [policy]
    if isinstance(policy, Mapping):
        given = {name for name, value in policy.items() if value is not None}
        if given not in ({"any"}, {"all"}, {"at_least", "of"}):
            yield place, "combines policies by one of `{any: [...]}`, `{all: [...]}`, `{at_least: 2, of: [...]}`"
        named = [name for key in ("any", "all", "of") for name in _texts(policy, key)]
        least = policy.get("at_least")
        if isinstance(least, int) and named and least > len(named):
            yield (
                (*place, "at_least"),
                f"asks for {least} where {len(named)} at most can agree: nothing would ever retrain",
            )
    if retraining.get("every") is not None and "every" not in named:
        yield ("retraining", "every"), "is only used by `policy: every`: set that policy or remove it"


def _is_cron(text: str) -> bool:
    """Whether it is one that ever comes: 31 February is well formed, and no day."""
    from croniter import croniter
    from croniter.croniter import CroniterBadDateError

    if len(text.split()) != 5 or not croniter.is_valid(text):
        return False
    try:
        croniter(text, datetime(2000, 1, 1, tzinfo=UTC)).get_next(datetime)
    except CroniterBadDateError:
        return False
    return True


def _promotion(promotion: Mapping[str, object]) -> Iterator[Disagreement]:
    for name in ("probation", "shadow"):
        span = _span(promotion.get(name))
        if span is not None and span.rows is None:
            yield ("promotion", name), f"is counted in rows, such as `1000 rows`; got `{span}`"
    expires = _span(promotion.get("approval_expires"))
    if expires is not None and expires.duration is None:
        yield ("promotion", "approval_expires"), f"must be a duration such as `7d`; got `{expires}`"
    if "shadow_expires" in promotion:
        expires = _span(promotion.get("shadow_expires"))
        if expires is not None and expires.duration is None:
            yield ("promotion", "shadow_expires"), f"must be a duration such as `28d`; got `{expires}`"
        if not promotion.get("shadow") and not promotion.get("second_chance"):
            text = "is only used by `shadow` and `second_chance`: set one of them or remove it"
            yield ("promotion", "shadow_expires"), text
    if "approval_expires" in promotion and promotion.get("approval", "auto") == "auto":
        yield ("promotion", "approval_expires"), "is only used by `approval: manual`: set that or remove it"


def _alerts(alerts: Mapping[str, object]) -> Iterator[Disagreement]:
    for name in ("group_every", "remind_every", "no_traffic"):
        span = _span(alerts.get(name))
        if span is not None and span.duration is None:
            yield ("alerts", name), f"must be a duration such as `30m` or `4h`; got `{span}`"


def _serving(serving: Mapping[str, object]) -> Iterator[Disagreement]:
    span = _span(serving.get("keep"))
    if span is not None and span.duration is None:
        yield ("serving", "keep"), f"must be a duration such as `365d`; got `{span}`"


def _rates(costs: Mapping[str, object]) -> Iterator[Disagreement]:
    listed, seen = costs.get("rates"), set()
    for index, dated in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
        day = (dated.get("from") or dated.get("since")) if isinstance(dated, Mapping) else None
        if day is not None and str(day) in seen:
            yield ("costs", "rates", index, "from"), f"`{day}` begins twice: put the prices of one day together"
        seen.add(str(day))


def _span(value: object) -> Span | None:
    try:
        return Span.parse(value)
    except ValueError:
        return None
