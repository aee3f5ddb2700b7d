"""Local times → UTC, where clocks go forward and back.

The rule: a local time that the clock jumped over counts from the moment of the jump; one that the clock showed twice
is the first of the two. Both are noted with their number.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def to_utc(local: pd.DatetimeIndex, zone: str) -> tuple[pd.DatetimeIndex, tuple[str, ...]]:
    """UTC moments in microseconds, and notes.

    >>> moments, notes = to_utc(pd.DatetimeIndex(["2024-03-31 02:30", "2024-10-27 02:30"]), "Europe/Rome")
    >>> [str(moment) for moment in moments]
    ['2024-03-31 01:00:00+00:00', '2024-10-27 00:30:00+00:00']
    """
    first = np.ones(len(local), dtype=bool)
    zoned = local.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    skipped = int(local.tz_localize(zone, ambiguous=first, nonexistent="NaT").isna().sum())
    doubled = int(local.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").isna().sum())
    notes = []
    if skipped:
        notes.append(f"{skipped} local times do not exist in {zone} (clocks went forward): counted from that moment")
    if doubled:
        notes.append(f"{doubled} local times happened twice in {zone} (clocks went back): the first was taken")
    return zoned.tz_convert("UTC").as_unit("us"), tuple(notes)
