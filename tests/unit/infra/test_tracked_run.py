from pathlib import Path
from typing import Any, cast

from infra.spool import Operation
from infra.tracked_run import BufferedRun


class Tracker:
    """Remembers what it was told, and the files' contents, which are gone afterwards."""

    def __init__(self) -> None:
        self.told: list[Operation] = []
        self.files: dict[str, str] = {}

    def submit(self, operation: Operation) -> None:
        self.told.append(operation)
        for path in operation.files.rglob("*") if operation.files else []:
            if path.is_file():
                self.files[str(path.relative_to(cast(Path, operation.files)))] = path.read_text()

    def run(self) -> BufferedRun:
        return BufferedRun("electricity", self.submit, lambda key: None)

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        return [cast(dict[str, Any], operation.body) for operation in self.told if operation.kind == kind]


def test_forty_epochs_cost_a_handful_of_calls() -> None:
    tracker = Tracker()
    run = tracker.run()
    run.start("retrain")
    run.params({"seed": 7, "hidden": [64, 64]})
    for epoch in range(40):
        run.metrics({"train_loss": 1 / (epoch + 1), "validation_loss": 0.5}, step=epoch)
    run.end("FINISHED")
    assert len(tracker.told) <= 4
    metrics = [entry for body in tracker.bodies("log") for entry in body["metrics"]]
    assert [step for name, _, _, step in metrics if name == "train_loss"] == list(range(40))
    assert tracker.bodies("log")[0]["params"] == {"seed": "7", "hidden": "[64, 64]"}


def test_everything_is_sent_before_the_end() -> None:
    tracker = Tracker()
    run = tracker.run()
    run.start("retrain")
    run.metrics({"accuracy": 0.9})
    run.tags({"owner": "grid-desk"})
    run.dataset("snapshot", "ab" * 32, 500)
    run.end("FAILED")
    assert [operation.kind for operation in tracker.told] == ["start", "log", "end"]
    assert tracker.bodies("end")[0]["status"] == "FAILED"
    (logged,) = tracker.bodies("log")
    assert logged["tags"] == {"owner": "grid-desk"}
    assert logged["datasets"] == [{"name": "snapshot", "digest": "ab" * 32, "rows": 500}]
    assert {name for name, *_ in logged["metrics"]} >= {"accuracy", "system/cpu_utilization_percentage"}


def test_files_keep_their_place(tmp_path: Path) -> None:
    tracker = Tracker()
    run = tracker.run()
    (tmp_path / "page.html").write_text("<p>drift</p>")
    run.text("# Dossier", "dossier/summary.md")
    run.file(tmp_path / "page.html", "reports")
    assert tracker.files == {"dossier/summary.md": "# Dossier", "reports/page.html": "<p>drift</p>"}


def test_two_runs_have_different_keys() -> None:
    tracker = Tracker()
    assert tracker.run().key != tracker.run().key
