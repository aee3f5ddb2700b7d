"""Asking for the truth about rows drawn at random, so that what is labelled stands for all; gathered, drawn and kept.

It asks no person itself: the caller shows the rows.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from infra.domain.labelling import Audit
from infra.domain.predictions import Answered
from infra.ports import Ports

RECENT = 10_000
"""Rows are drawn from this many of the newest places, unless somebody says since when."""


def ask_for_truth(
    ports: Ports, model: str, count: int, *, at: datetime, chance: random.Random, since: datetime | None = None
) -> list[Answered]:
    """Draw at most `count` predictions without a label, each as likely as any other, and remember that they were asked
    for `at` (event time). Those asked for before are left out. In order of arrival.
    """
    if since is not None:
        rows = ports.predictions.in_time(model, since, at + timedelta(microseconds=1))
    else:
        rows = ports.predictions.after(model, max(0, ports.predictions.last_seq(model) - RECENT), RECENT)
    unlabelled = [row for row in rows if row.label is None]
    asked = ports.audits.asked(model, [row.prediction.id for row in unlabelled])
    left = [row for row in unlabelled if row.prediction.id not in asked]
    drawn = sorted(chance.sample(left, min(count, len(left))), key=lambda row: row.seq)
    ports.audits.add([Audit(model=model, prediction_id=row.prediction.id, asked_at=at, random=True) for row in drawn])
    return drawn
