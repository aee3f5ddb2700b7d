"""What a training is to use: the rows, what it starts from, and who serves now. It gathers, and trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal, cast, get_args

from flows.desk import Desk
from flows.rows.filing import file_material
from flows.rows.frozen import earlier_rows
from flows.rows.labelled import newest_labelled
from flows.rows.labels_used import as_labelled_now
from flows.rows.origins import resumed_after
from flows.rows.quarantining import quarantine_labels
from flows.rows.starting import given_start
from flows.training.examples import Examples, from_answered
from flows.training.material import Material, first_material, fresh_material
from flows.training.pretrained import Pretrained
from infra.domain.alerts import Trigger
from infra.domain.decisions import Champion
from infra.domain.errors import DataError
from infra.history.filed import FiledHistory
from infra.model.bundle import ModelBundle
from infra.model.schema import ColumnKind
from monitoring.policies.situation import Past

MOST_FRESH_ROWS = 10_000
MOST_ROWS_FROM_SCRATCH = 20_000
How = Literal["warm", "scratch"]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be trained: the rows, their kinds, what it starts from, and who serves now."""

    material: Material
    kinds: dict[str, ColumnKind]
    start: ModelBundle | Pretrained | None
    champion: Champion | None
    champion_bundle: ModelBundle | None

    @property
    def start_name(self) -> str:
        """`scratch`, `warm:3` for the champion's version, or `pretrained:` and the hash of given weights."""
        if isinstance(self.start, Pretrained):
            return f"pretrained:{self.start.sha256}"
        version = None if self.champion is None else self.champion.version
        return "scratch" if self.start is None else f"warm:{version}"


def first_order(desk: Desk, history: Examples | FiledHistory, kinds: dict[str, ColumnKind]) -> Order:
    """A first training on a labelled history; a champion of an earlier beginning is replaced, not compared with.

    Raises:
        DataError: the history is too short.
        TrainingFailed: the checkpoint that learner.start names cannot be read.
    """
    serving = desk.ports.versions.champion(desk.spec.model)
    material = first_material(history) if isinstance(history, Examples) else file_material(desk, history)
    return Order(material=material, kinds=kinds, start=given_start(desk), champion=serving, champion_bundle=None)


def fresh_order(desk: Desk, trigger: Trigger, now: datetime, how: How) -> Order:
    """Gather the rows that are labelled by `now`, from where the champion's own training left off.

    Labels that came since the last look are looked through first; those held back are left out.

    Raises:
        DataError: there is no champion, or there are too few new labelled rows.
    """
    serving = desk.champion()
    if serving is None:
        raise DataError(f"{desk.spec.model} has no champion yet: run `keepsharp train` first")
    champion, bundle = serving
    columns = [column.name for column in bundle.schema.columns]
    through = max(int(bundle.provenance["trained_through_seq"] or 0), resumed_after(desk, champion))
    quarantine_labels(desk, now=now)
    known = (row for row in newest_labelled(desk, through + 1) if row.label is not None and row.label.time <= now)
    fresh = from_answered(list(islice(known, MOST_FRESH_ROWS))[::-1], columns)
    earlier = earlier_rows(desk, str(bundle.provenance["snapshot"]), desk.spec.learner.seed)
    earlier = as_labelled_now(desk, _unseen_by(fresh, earlier), now)
    onset = trigger.evidence.get("onset_seq")
    material = fresh_material(
        fresh,
        earlier,
        window_rows=desk.spec.monitoring.window.rows or 500,
        onset_seq=int(onset) if onset is not None else None,
        replay=desk.spec.retraining.replay if how == "warm" else MOST_ROWS_FROM_SCRATCH / max(len(fresh), 1),
        seed=desk.spec.learner.seed,
        past=_past_of(trigger),
    )
    kinds = {column.name: column.kind for column in bundle.schema.columns}
    start = bundle if how == "warm" and desk.spec.learner.start != "scratch" else given_start(desk)
    return Order(material=material, kinds=kinds, start=start, champion=champion, champion_bundle=bundle)


def _past_of(trigger: Trigger) -> Past:
    """What of the past the policy would learn again; rows drawn at random where nobody said."""
    said = trigger.evidence.get("past")
    return cast(Past, said) if said in get_args(Past) else "reservoir"


def _unseen_by(fresh: Examples, earlier: Examples) -> Examples:
    """Earlier rows that are not among the fresh ones (the last holdout is in both)."""
    here = set(fresh.ids)
    return earlier.take([place for place, name in enumerate(earlier.ids) if name not in here])
