"""A flow on a schedule of two seconds; `test_pins` runs this file."""

from __future__ import annotations

from datetime import timedelta

from prefect import flow


@flow
def heartbeat() -> str:
    return "alive"


if __name__ == "__main__":
    heartbeat.serve(name="every-two-seconds", interval=timedelta(seconds=2), limit=1)
