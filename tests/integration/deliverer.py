"""A process of the tests: it keeps an alert with its notice, or delivers what waits, and can be stopped in between.

python -m tests.integration.deliverer keep DATABASE
python -m tests.integration.deliverer deliver DATABASE URL SECONDS_LATER [die-after-sending]
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime, timedelta

from infra.database import open_engine
from infra.domain.alerts import Notice
from infra.migrating import migrate
from infra.notify.delivering import deliver_alone
from infra.notify.webhook import WebhookSender
from infra.stores.alerts import SqlAlerts
from infra.stores.leases import SqlLeases
from infra.stores.notices import SqlOutbox
from tests.unit.infra.notify.building import NOW, a_notice, an_alert


class DiesAfterSending(WebhookSender):
    """The target has taken it; nobody here lives to write that down."""

    def send(self, notice: Notice) -> None:
        super().send(notice)
        os.kill(os.getpid(), signal.SIGKILL)


def keep(database: str) -> None:
    engine = open_engine(database)
    migrate(engine)
    SqlAlerts(engine).save(an_alert(), [a_notice(), a_notice("n2")])
    os.kill(os.getpid(), signal.SIGKILL)


def deliver(database: str, url: str, later: float, *, die: bool) -> None:
    engine, now = open_engine(database), NOW + timedelta(seconds=later)
    sender = (DiesAfterSending if die else WebhookSender)(url, "", frozenset({"127.0.0.1"}), deadline_seconds=5.0)

    def clock() -> datetime:
        return now

    found = deliver_alone(SqlOutbox(engine), SqlLeases(engine), {"chat": sender}, clock=clock)
    print(len(found.sent), len(found.retried))


if __name__ == "__main__":
    if sys.argv[1] == "keep":
        keep(sys.argv[2])
    else:
        deliver(sys.argv[2], sys.argv[3], float(sys.argv[4]), die=sys.argv[5:] == ["die-after-sending"])
