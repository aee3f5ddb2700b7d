"""In-memory appointments and what the appointed said; bundles lie with the versions', labels with the predictions."""

from __future__ import annotations

from collections.abc import Sequence

from infra.domain.predictions import Answered
from infra.domain.shadows import Appointment, AppointmentRole, ShadowAnswer
from infra.memory.predictions import Ledger
from infra.memory.shelf import Shelf
from infra.memory.versions import Court
from infra.stores.features import pack
from infra.stores.refusals import no_bundle


class MemoryShadows:
    """The port `Shadows` on a ledger and a court."""

    def __init__(self, ledger: Ledger, court: Court) -> None:
        self._ledger, self._court = ledger, court
        self._appointments: Shelf[Appointment] = Shelf()
        self._answers: Shelf[ShadowAnswer] = Shelf()

    def appoint(
        self, appointment: Appointment, bundle: tuple[str, bytes] | None = None, fencing_token: int | None = None
    ) -> None:
        with self._court.lock:
            self._court.refuse_fenced(appointment.model, fencing_token)
            if bundle is not None:
                self._court.bundles.setdefault(appointment.sha256, (bundle[0], bytes(bundle[1])))
            if appointment.sha256 not in self._court.bundles:
                raise no_bundle(appointment.sha256)
            self._appointments.put((appointment.model, appointment.role), appointment)

    def dismiss(self, model: str, role: AppointmentRole, fencing_token: int | None = None) -> None:
        with self._court.lock:
            self._court.refuse_fenced(model, fencing_token)
            self._appointments.remove((model, role))

    def appointments(self) -> list[Appointment]:
        return sorted(self._appointments.all(), key=lambda held: (held.model, held.role))

    def add(self, answers: Sequence[ShadowAnswer]) -> None:
        for answer in answers:
            pack(answer.value)  # refuses what a database could not keep
        for answer in answers:
            self._answers.put_new((answer.model, answer.prediction_id, answer.role, answer.version), answer)

    def labelled(
        self, model: str, role: AppointmentRole, version: int, limit: int
    ) -> list[tuple[ShadowAnswer, Answered]]:
        with self._ledger.lock:
            pairs = [
                (said, self._ledger.answered(model, place))
                for said in self._said_by(model, role, version)
                if (place := self._ledger.places.get((model, said.prediction_id))) is not None
            ]
        known = sorted((pair for pair in pairs if pair[1].label is not None), key=lambda pair: pair[1].seq)
        return known[-limit:] if limit > 0 else []

    def count(self, model: str, role: AppointmentRole, version: int) -> int:
        return len(self._said_by(model, role, version))

    def said(self, model: str, prediction_id: str, versions: Sequence[int]) -> list[ShadowAnswer]:
        if (model, prediction_id) in self._ledger.forgotten:
            return []
        found = self._answers.all(lambda said: (said.model, said.prediction_id) == (model, prediction_id))
        return sorted((one for one in found if one.version in versions), key=lambda one: (one.role, one.version))

    def _said_by(self, model: str, role: AppointmentRole, version: int) -> list[ShadowAnswer]:
        said_by = self._answers.all(lambda said: said.model == model and said.role == role and said.version == version)
        return [said for said in said_by if (said.model, said.prediction_id) not in self._ledger.forgotten]
