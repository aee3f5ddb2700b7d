import pytest

from infra.setup.checks import passes

GOOD = ["python", "-c", "print('quiet')"]
BAD = ["python", "-c", "print('line 7 is too long'); raise SystemExit(1)"]


def test_all_good_is_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert passes({"format": GOOD, "lint": GOOD})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["format", "ok"], ["lint", "ok"]]


def test_failure_is_named_with_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert not passes({"format": GOOD, "lint": BAD, "types": GOOD})
    output = capsys.readouterr().out
    assert "lint     FAILED" in output
    assert "line 7 is too long" in output
    assert "quiet" not in output.split("---")[0]
