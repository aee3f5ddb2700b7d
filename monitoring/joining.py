"""What an alert names (the columns that drifted), each since when, and which of it is news to whoever was told before.

The evidence keeps every name until the alert is resolved, so that a column that leaves and comes back is no news. It
judges nothing and knows nothing of targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from infra.domain.alerts import Alert, Evidence, Notice
from monitoring.rules import Breach

SINCE = "since "
"""Under this and the name, an alert's evidence keeps since when it names something."""
_WINDOW = ", window "
_MOST_NAMES, _MOST_TIMES = 5, 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """When something was named first: the moment it was found, and the window it was found in, if it was one."""

    at: datetime
    window: int | None = None

    def __str__(self) -> str:
        moment = f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return moment if self.window is None else f"window {self.window} ({moment})"


def since_of(evidence: Evidence) -> dict[str, Since]:
    """Since when the evidence names what, in the order in which it came to be named."""
    return {
        key.removeprefix(SINCE): _read(value)
        for key, value in evidence.items()
        if key.startswith(SINCE) and isinstance(value, str)
    }


def keep_named(before: Evidence, breach: Breach, *, found_at: datetime) -> dict[str, str]:
    """The part of an alert's evidence that says since when it names what, after one more breach."""
    kept = {key: str(value) for key, value in before.items() if key.startswith(SINCE)}
    window = breach.evidence.get("window")
    fresh = found_at.isoformat() + (f"{_WINDOW}{window}" if isinstance(window, int) else "")
    return {**kept, **{key: kept.get(key, fresh) for key in (f"{SINCE}{name}" for name in breach.named)}}


def found_at(at: datetime, notices: Iterable[Notice]) -> datetime:
    """The moment under which what is found at event time `at` is kept: after every notice that cannot tell of it.

    Notices are made by the wall clock as well, which may be ahead of the end of the window that is judged.
    """
    newest = max((notice.created_at for notice in notices), default=None)
    return at if newest is None or at > newest else newest + timedelta(microseconds=1)


def newest_name(alerts: Iterable[Alert], otherwise: datetime) -> datetime:
    """The moment of the newest name of all, or `otherwise` where that is later."""
    return max([otherwise, *(since.at for alert in alerts for since in since_of(alert.evidence).values())])


def joined(alert: Alert, told_at: datetime, earlier: Iterable[Alert]) -> dict[str, Since]:
    """What the alert names and whoever was told at `told_at` has not heard, of it or of `earlier` ones of its key."""
    fresh = {name: since for name, since in since_of(alert.evidence).items() if since.at > told_at}
    if not fresh:
        return {}
    heard = {name for one in earlier for name, since in since_of(one.evidence).items() if since.at <= told_at}
    return {name: since for name, since in fresh.items() if name not in heard}


def joinings(evidence: Evidence) -> list[tuple[Since, list[str]]]:
    """What came to be named together, oldest first; the first of them is what the alert began with."""
    return sorted(_together(since_of(evidence)).items(), key=lambda joining: joining[0].at)


def also(evidence: Evidence, named: Sequence[str]) -> str:
    """The sentence about what joined after the alert began and is still named; nothing when nothing is."""
    later = [(since, [name for name in names if name in named]) for since, names in joinings(evidence)[1:]]
    told = [f"{listed(names)} since {since}" for since, names in later if names][-_MOST_TIMES:]
    return f" Also {'; '.join(told)}." if told else ""


def listed(names: Sequence[str]) -> str:
    """The first five names, and how many more there are.

    >>> listed(["a", "b"]), listed(list("abcdefg"))
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def spoken(news: Mapping[str, Since]) -> str:
    """What joined, and since when, in words."""
    return "; ".join(f"{listed(names)} since {since}" for since, names in _together(news).items())


def _together(named: Mapping[str, Since]) -> dict[Since, list[str]]:
    together: dict[Since, list[str]] = {}
    for name, since in named.items():
        together.setdefault(since, []).append(name)
    return together


def _read(text: str) -> Since:
    at, _, window = text.partition(_WINDOW)
    return Since(at=datetime.fromisoformat(at), window=int(window) if window else None)
