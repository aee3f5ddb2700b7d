"""What wrk says is read exactly, or refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from benchmarks.serving.load import find_wrk, read_seen, send
from infra.domain.errors import Unavailable

_SAID = """Running 2s test @ http://127.0.0.1:8000/
  1 threads and 16 connections
  4000 requests in 2.00s, 1.00MB read
Requests/sec:   2000.00
{"requests":4000,"duration_us":2000000,"p50_us":7500,"p99_us":12250,"errors":{"connect":0,"read":1,"write":0,"status":3,"timeout":0}}
"""


def test_reads_requests_latencies_and_the_errors_there_were() -> None:
    seen = read_seen(_SAID)
    assert (seen.requests, seen.per_second, seen.p50_ms, seen.p99_ms) == (4000, 2000.0, 7.5, 12.25)
    assert seen.errors == {"read": 1, "status": 3}


@pytest.mark.parametrize("said", ["", "unable to connect to 127.0.0.1:1 Connection refused\n"])
def test_refuses_output_without_figures(said: str) -> None:
    with pytest.raises(Unavailable, match="nothing that can be read"):
        read_seen(said)


def test_says_what_to_install_when_there_is_no_wrk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="apt-get install wrk"):
        find_wrk()


def _program(folder: Path, script: str) -> str:
    path = folder / "wrk"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_names_body_and_load_to_the_program(tmp_path: Path) -> None:
    line = '{"requests":%s,"duration_us":1000000,"p50_us":1,"p99_us":2,"errors":{"status":0}}'
    wrk = _program(tmp_path, f"""test "$BENCH_BODY" = body.json && test "$2$3" = -c7-d2s && echo '{line % 5}'""")
    assert send(wrk, "http://127.0.0.1:1/", Path("body.json"), concurrency=7, seconds=2).requests == 5


def test_reports_what_a_failing_program_said(tmp_path: Path) -> None:
    wrk = _program(tmp_path, "echo no such host; exit 3")
    with pytest.raises(Unavailable, match=r"status 3.*no such host"):
        send(wrk, "http://127.0.0.1:1/", Path(os.devnull), concurrency=1, seconds=1)
