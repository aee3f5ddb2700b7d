from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infra.domain.alerts import Alert, AlertState, Severity
from services.replay.known import Found, KnownChange, early_alerts, find_changes, found_words, known_change

START = datetime(2024, 1, 1, tzinfo=UTC)
TIMES = [START + timedelta(minutes=30 * row) for row in range(1000)]
MARKET = KnownChange(row=500, columns=("vicprice", "transfer"), what="a market opens")


def alert(
    row: int,
    *,
    rule: str = "input_drift",
    severity: Severity = "warning",
    state: AlertState = "open",
    since: dict[str, int] | None = None,
) -> Alert:
    """One that opened at a row; `since` says at which row it came to name what."""
    return Alert(
        id=f"{rule}{row}",
        model="m",
        rule=rule,
        severity=severity,
        state=state,
        dedup_key=rule,
        opened_at=TIMES[row],
        updated_at=TIMES[row],
        message="",
        evidence={
            f"since {name}": f"{TIMES[at].isoformat()}, window {at // 100}" for name, at in (since or {}).items()
        },
    )


STANDING = alert(100, since={"price": 100, "demand": 100, "vicprice": 599, "wind": 599})


def test_a_column_that_joins_a_standing_alert_finds_the_change_and_is_said_to_be_told_again() -> None:
    ((change, found),) = find_changes([MARKET], [STANDING], TIMES)
    assert found == Found(how="told again", rule="input_drift", row=599, named=("vicprice", "wind"))
    assert found_words(change, found) == (
        "  a market opens, row 500, vicprice, transfer: input_drift told again for vicprice at row 599, 99 rows later"
    )


@pytest.mark.parametrize(
    ("alerts", "found", "reason"),
    [
        ([alert(550, since={"transfer": 550})], ("opened", 550), "one that opens with a column of the change"),
        ([STANDING, alert(550, since={"transfer": 550})], ("opened", 550), "the first of two"),
        ([alert(550, rule="accuracy_degraded")], None, "it names none of the columns"),
        ([alert(100, since={"vicprice": 100})], None, "it was named before the change"),
        ([alert(550, severity="info", since={"vicprice": 550})], None, "nobody is told of what is mild"),
        ([alert(550, state="pending", since={"vicprice": 550})], None, "nor of what is pending"),
    ],
)
def test_a_change_of_known_columns_is_found_by_what_names_one_of_them(
    alerts: list[Alert], found: tuple[str, int] | None, reason: str
) -> None:
    ((_, first),) = find_changes([MARKET], alerts, TIMES)
    assert (first and (first.how, first.row)) == found, reason


def test_a_change_of_no_known_column_is_found_by_the_first_alert_before_the_next() -> None:
    known = [KnownChange(row=row) for row in (200, 400, 600)]
    alerts = [alert(100), alert(450, rule="accuracy_degraded"), alert(700, rule="weak_slice")]
    rows = [found and found.row for _, found in find_changes(known, alerts, TIMES)]
    assert rows == [None, 450, 700]
    assert found_words(known[0], None) == "  row 200: found by no alert"
    assert early_alerts(known, alerts, TIMES) == 1
    assert early_alerts([MARKET], [STANDING], TIMES) == 1


def test_a_known_change_is_a_row_and_perhaps_columns() -> None:
    assert known_change("17") == KnownChange(row=17)
    assert known_change("17: a, b,") == KnownChange(row=17, columns=("a", "b"))
    with pytest.raises(ValueError, match="lamp"):
        known_change("lamp")
