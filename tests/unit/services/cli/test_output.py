"""How an answer looks: folded for a person at a terminal, whole for everybody else."""

from __future__ import annotations

import io

import pytest

from services.cli.output import answer, folded


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


LINE = "  ✗ The candidate is not shown to be better than the champion, and everything else is as it was before it came."


@pytest.mark.parametrize(
    ("line", "second"),
    [
        (LINE, "    "),  # below the words, not below the mark
        (f"abc{LINE[4:]}", "  "),
        (f"  {LINE[4:]}", "    "),
    ],
)
def test_a_long_line_goes_on_below_its_words(line: str, second: str) -> None:
    first, *rest = folded(line, 60).split("\n")
    assert first.startswith(line[:30])
    assert rest
    assert all(part.startswith(second) and part[len(second)] != " " for part in rest)
    assert all(len(part) <= 60 for part in (first, *rest))
    assert " ".join(part.strip() for part in (first, *rest)) == line.strip(), "no word is lost"


def test_what_is_short_and_words_that_are_long_are_left_alone() -> None:
    assert folded("short\n\n  lines", 60) == "short\n\n  lines"
    assert folded("f" * 90, 60) == "f" * 90


def test_only_a_terminal_gets_folded_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for stream, table, lines in ((io.StringIO(), False, 1), (Terminal(), False, 3), (Terminal(), True, 1)):
        monkeypatch.setattr("sys.stdout", stream)
        answer({}, LINE, as_json=False, is_table=table)
        assert len(stream.getvalue().splitlines()) == lines
    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    answer({"said": LINE}, "", as_json=True)
    assert len(stream.getvalue().splitlines()) == 1, "JSON stays on one line"
