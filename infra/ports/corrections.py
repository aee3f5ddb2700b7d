"""What retrainings corrected, and the tests that corrected mistakes became."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from infra.domain.corrections import CorrectedRow, CorrectionLedger, CorrectionTest
from infra.domain.deeds import Deed


class Corrections(Protocol):
    """One ledger for each run that kept one."""

    def save(self, ledger: CorrectionLedger, rows: Sequence[CorrectedRow], fencing_token: int | None = None) -> None:
        """Keep both in one transaction, in the place of those kept for the same run before.

        Raises:
            Refused: the lease that the token belongs to has been taken over.
        """

    def get(self, run_id: str) -> CorrectionLedger:
        """Raises NotFound."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[CorrectionLedger]:
        """Newest first."""

    def about(self, model: str, prediction_id: str) -> list[CorrectedRow]:
        """What was kept of one prediction, in whatever runs, oldest run first."""

    def rows(self, run_id: str, limit: int, offset: int = 0) -> list[CorrectedRow]:
        """By place; none for an unknown run."""


class StandingTests(Protocol):
    """Corrected mistakes that later candidates are asked about; one for each prediction id of a model."""

    def add(self, tests: Iterable[CorrectionTest], fencing_token: int | None = None) -> None:
        """One whose prediction has a test already, withdrawn or not, is left as it is.

        Raises:
            Refused: a lease on the model of a test that the token belonged to has been taken over; none is kept.
        """

    def save(self, tests: Iterable[CorrectionTest], fencing_token: int | None = None) -> None:
        """Insert or replace by model and prediction id, who made it left as it is. Raises Refused as `add` does.

        One that is withdrawn meanwhile stays withdrawn: only a person brings it back.
        """

    def decide(self, test: CorrectionTest, deed: Deed) -> None:
        """A person's word: insert or replace the whole test, and put the deed on record, in one transaction."""

    def get(self, model: str, prediction_id: str) -> CorrectionTest | None:
        """Withdrawn or not; None where there is none."""

    def asked(self, model: str) -> list[CorrectionTest]:
        """Not withdrawn; oldest event time first."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[CorrectionTest]:
        """Last added first, withdrawn ones included."""
