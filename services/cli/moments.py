"""Moments on the command line, in event time."""

from __future__ import annotations

from datetime import UTC, datetime

from infra.domain.errors import Mistake, SpecError


def wall_clock() -> datetime:
    """The machine's time, which is event time for what a person does now."""
    return datetime.now(UTC)


def moment_of(text: str | None, option: str) -> datetime:
    """The moment that ISO 8601 text with a zone names; this one when there is no text.

    Raises:
        SpecError: it names none.
    """
    from services.inference.entries import parse_moment

    if text is None:
        return wall_clock()
    try:
        return parse_moment(text)
    except ValueError as error:
        raise wrong(option, str(error)) from error


def wrong(option: str, problem: str) -> SpecError:
    """A command line that cannot be meant."""
    return SpecError("command line", [Mistake(where=option, line=None, problem=problem)])


def shown(moment: datetime) -> str:
    """The moment to the minute, in UTC.

    >>> shown(datetime(2024, 5, 1, 8, 30, tzinfo=UTC))
    '2024-05-01 08:30'
    """
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
