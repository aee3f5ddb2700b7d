"""The page of a run: live while it trains, then what it showed; and what a person decides about its version."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra.domain.decisions import Reason
from infra.domain.returns import Return
from infra.domain.shadows import Appointment
from infra.ports import Ports
from infra.progress import progress_file
from services.dashboard.pulse import changed_topics, marks_of
from services.dashboard.run_view import paid_words
from tests.contracts import building as make
from tests.unit.services.dashboard.building import Browser, register
from tests.unit.services.dashboard.test_pages import page

THIRD = "/models/grid/runs/run%203"
FAILED = Reason(rule="better", passed=False, figure=0.055, limit=0.005, text="Not shown to be better.")


def tell(ports: Ports, run: str, *events: dict[str, object]) -> Path:
    """Append to a run's progress file, as a training does."""
    path = progress_file(ports.artifacts, run)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        for event in events:
            stream.write(json.dumps({"run": run, "model": "grid", "at": make.NOON.isoformat(), **event}) + "\n")
    return path


def epoch(number: int, **changes: object) -> dict[str, object]:
    figures: dict[str, object] = {
        "event": "epoch",
        "number": number,
        "train_loss": 1.0 / number,
        "validation_loss": 1.2 / number,
        "validation_score": 0.8,
        "gradient_norm": 2.5,
        "seconds_left": 90.0,
        "cost_so_far": 0.25,
        "currency": "EUR",
    }
    return figures | changes


def judged(ports: Ports, *reasons: Reason) -> None:
    """Version 3, which was rejected for these reasons, can be promoted."""
    ports.versions.add(make.candidate(3), "{}", b"")
    metrics = {"holdout_accuracy": 0.9}
    ports.runs.save(make.run("run 3", version=3, at=make.after(4), state="succeeded", metrics=metrics))
    ports.decisions.add(
        make.decision(3, id="verdict-3", at=make.after(5), kind="reject", run_id="run 3", reasons=reasons)
    )


def test_a_training_under_way_tells_its_figures_as_they_come(client: Browser, ports: Ports) -> None:
    ports.runs.save(make.run("now", at=make.after(9)))
    tell(ports, "now", {"event": "began", "epochs": 40, "rows": 400, "start": "scratch"}, epoch(1))
    text = page(client, "/models/grid/runs/now").text
    for words in ("Training now", "1 of at most 40", "80.0%", "1.5 minutes at most", "0.25 EUR"):
        assert words in text
    tell(ports, "now", epoch(2, validation_score=0.91))
    live = page(client, "/models/grid/runs/now/training")
    assert "2 of at most 40" in live.text
    assert "91.0%" in live.text
    assert live.ids[0] == "training"


def test_pages_are_told_when_a_training_has_grown(ports: Ports) -> None:
    tell(ports, "now", {"event": "began", "epochs": 40, "rows": 400, "start": "scratch"})
    before = marks_of(ports)
    assert changed_topics(before, marks_of(ports)) == frozenset()
    tell(ports, "now", epoch(1))
    assert changed_topics(before, marks_of(ports)) == {"training:now"}


def test_a_line_that_is_being_written_is_left_out(client: Browser, ports: Ports) -> None:
    ports.runs.save(make.run("now", at=make.after(9)))
    path = tell(ports, "now", {"event": "began", "epochs": 40, "rows": 400, "start": "scratch"}, epoch(1))
    with path.open("a") as stream:
        stream.write('{"event": "epo')
    assert "1 of at most 40" in page(client, "/models/grid/runs/now/training").text


def test_the_verdict_is_told_line_by_line_what_failed_first(client: Browser, ports: Ports) -> None:
    held = Reason(rule="enough_rows", passed=True, figure=250.0, limit=50.0, text="It was judged on 250 rows.")
    ports.runs.save(make.run("run 4", version=4, at=make.after(6), state="succeeded"))
    ports.decisions.add(
        make.decision(4, id="4", at=make.after(6), kind="reject", run_id="run 4", reasons=(held, FAILED))
    )
    text = page(client, "/models/grid/runs/run%204").text
    assert "p = 0.055 · limit 0.005" in text
    assert "250 · limit 50" in text
    assert text.index("Not shown to be better.") < text.index("It was judged on 250 rows.")


def test_a_run_of_another_model_is_not_found(client: Browser, ports: Ports) -> None:
    register(ports, "other")
    for path in ("runs/run%203", "runs/run%203/training", "runs/run%203/dossier", "runs/run%203/corrections"):
        assert client.get(f"/models/other/{path}").status_code == 404
    assert client.get("/models/grid/runs/none").status_code == 404


def test_a_dossier_is_shown_in_a_sandbox_and_never_from_elsewhere(client: Browser, ports: Ports) -> None:
    folder = ports.artifacts / "dossiers" / "grid"
    folder.mkdir(parents=True)
    (folder / "run 3.html").write_text("<!doctype html><style>p {}</style><p>whole</p>")
    answer = client.get(f"{THIRD}/dossier")
    assert "whole" in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert client.get("/models/grid/runs/run%202/dossier").status_code == 404


def test_a_version_with_nothing_against_it_is_promoted_with_a_reason(client: Browser, ports: Ports) -> None:
    judged(ports, replace(FAILED, rule="approval", text="A person has to approve it."))
    assert "Only a person's word is missing" in page(client, THIRD).text
    assert client.submit(THIRD, f"{THIRD}/promote", reason="").status_code == 422
    done = client.submit(THIRD, f"{THIRD}/promote", reason="checked by hand")
    assert (done.status_code, done.headers["Location"]) == (303, "/models/grid/runs/run%203")
    champion = ports.versions.champion("grid")
    assert champion is not None
    assert champion.version == 3
    assert ports.decisions.page("grid", 1)[0].summary == "person: checked by hand"
    assert "Version 3 serves from now on." in page(client, THIRD).text


def test_a_version_that_was_rejected_is_promoted_by_force_alone_and_an_alert_says_so(
    client: Browser, ports: Ports
) -> None:
    judged(ports, FAILED)
    assert "Its verdict speaks against it" in page(client, THIRD).text
    assert client.submit(THIRD, f"{THIRD}/promote", reason="I know better").status_code == 409
    assert client.submit(THIRD, f"{THIRD}/promote", reason="I know better", force="yes").status_code == 303
    assert any("forced" in alert.rule for alert in ports.alerts.unresolved("grid"))


def test_what_serves_is_rolled_back_from_its_own_page_alone(client: Browser, ports: Ports) -> None:
    ports.versions.crown(
        make.champion(2, since=make.after(8), decision_id="again"),
        make.decision(2, id="again", at=make.after(8), previous_version=1, run_id="run 2"),
    )
    assert client.submit("/models/grid/retraining", f"{THIRD}/rollback", reason="harm").status_code == 409
    second = "/models/grid/runs/run%202"
    assert "Serve version 1 again" in page(client, second).text
    assert client.submit(second, f"{second}/rollback", reason="harm").status_code == 303
    champion = ports.versions.champion("grid")
    assert champion is not None
    assert champion.version == 1


def test_a_challenger_is_rejected_from_its_own_page_alone(client: Browser, ports: Ports) -> None:
    judged(ports, FAILED)
    ports.shadows.appoint(
        Appointment(model="grid", role="challenger", version=3, sha256="hash 3", since=make.NOON), ("{}", b"")
    )
    second = "/models/grid/runs/run%202"
    assert client.submit("/models/grid/retraining", f"{second}/dismiss", reason="no").status_code == 409
    assert client.submit(THIRD, f"{THIRD}/dismiss", reason="too slow").status_code == 303
    assert ports.shadows.appointments() == []
    assert ports.decisions.page("grid", 1)[0].kind == "dismiss"


def test_a_candidate_without_a_seat_is_rejected_with_a_reason_and_then_promoted_by_force_alone(
    client: Browser, ports: Ports
) -> None:
    judged(ports, replace(FAILED, rule="approval", text="A person has to approve it."))
    assert "Reject version 3" in page(client, THIRD).text
    assert client.submit(THIRD, f"{THIRD}/reject", reason="").status_code == 422
    assert client.submit(THIRD, f"{THIRD}/reject", reason="one supplier's parts").status_code == 303
    newest = ports.decisions.page("grid", 1)[0]
    assert (newest.kind, newest.version, newest.summary) == ("reject", 3, "person: one supplier's parts")
    told = page(client, THIRD).text
    assert "Its verdict speaks against it: person: one supplier's parts" in told
    assert "Reject version 3" not in told
    assert client.submit(THIRD, f"{THIRD}/reject", reason="again").status_code == 409
    assert client.submit(THIRD, f"{THIRD}/promote", reason="yes").status_code == 409


def test_a_persons_word_on_a_version_that_was_just_trained_is_told_as_no_verdict_of_the_gate(
    client: Browser, ports: Ports
) -> None:
    ports.versions.add(make.candidate(4), "{}", b"")
    ports.runs.save(make.run("run 4", version=4, at=make.after(6), state="succeeded"))
    path = "/models/grid/runs/run%204"
    assert client.submit(path, f"{path}/reject", reason="one supplier's parts").status_code == 303
    text = page(client, path).text
    assert "Rejected, by person. person: one supplier's parts" in text
    assert "The gate's verdict" not in text


def test_a_challenger_that_never_served_is_rejected_and_leaves_its_seat(client: Browser, ports: Ports) -> None:
    judged(ports, FAILED)
    seat = Appointment(model="grid", role="challenger", version=3, sha256="hash 3", since=make.NOON)
    ports.shadows.appoint(seat, ("{}", b""))
    assert client.submit(THIRD, f"{THIRD}/reject", reason="too slow").status_code == 303
    assert ports.shadows.appointments() == []


def test_what_serves_or_has_served_is_no_candidate(client: Browser, ports: Ports) -> None:
    for run in ("run%201", "run%202"):
        path = f"/models/grid/runs/{run}"
        assert "Reject version" not in page(client, path).text
        assert client.submit("/models/grid/retraining", f"{path}/reject", reason="no").status_code == 409


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": 0}, "Nothing has come of it yet"),
        ({"better": 40, "worse": 10, "gain": 30.0, "wrong_decision": 4.0}, "a profit of 119.75 EUR"),
        ({"better": 1, "worse": 11, "gain": -10.0, "wrong_decision": 4.0}, "a loss of 40.25 EUR"),
        ({"better": 1, "worse": 0, "gain": 1.0}, "there is no profit to tell"),
    ],
)
def test_what_a_retraining_brought_is_told_as_profit_or_loss(changes: dict[str, object], words: str) -> None:
    known: dict[str, object] = {"rows": 100, "currency": "EUR"} | changes
    paid = Return(
        run_id="run 3",
        model="grid",
        version=3,
        previous_version=2,
        task="classification",
        at=make.NOON,
        through=make.after(5),
        last_seq=100,
        **known,  # type: ignore[arg-type]
    )
    assert words in paid_words(paid, (make.cost("one"),))
    if paid.rows and paid.wrong_decision:
        unpriced = make.cost("two", rate=None, amount=None)
        assert "what it cost is unknown" in paid_words(paid, (make.cost("one"), unpriced))
