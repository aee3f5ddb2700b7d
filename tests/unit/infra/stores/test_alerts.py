from __future__ import annotations

import pytest
from sqlalchemy import Engine, event

from infra.stores.alerts import SqlAlerts
from infra.stores.notices import SqlOutbox
from tests.contracts.building import alert, notice


def crash_between(engine: Engine) -> None:
    """Save an alert with a notice; the process fails after the alert was written and before its notice is."""

    def crash(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO notices"):
            raise KeyboardInterrupt

    store = SqlAlerts(engine)
    store.save(alert("a"))
    event.listen(engine, "before_cursor_execute", crash)
    with pytest.raises(KeyboardInterrupt):
        store.save(alert("a", state="resolved"), [notice("n")])
    with pytest.raises(KeyboardInterrupt):
        store.save(alert("b"), [notice("m")])
    event.remove(engine, "before_cursor_execute", crash)
    assert store.page("grid", 10) == [alert("a")]
    assert SqlOutbox(engine).page(None, 10) == []


def test_a_crash_between_an_alert_and_its_notice_leaves_neither_on_sqlite(sqlite_engine: Engine) -> None:
    crash_between(sqlite_engine)


@pytest.mark.postgres
def test_a_crash_between_an_alert_and_its_notice_leaves_neither_on_postgresql(postgres_engine: Engine) -> None:
    crash_between(postgres_engine)
