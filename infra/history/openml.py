"""A public data set from OpenML, downloaded once and kept as Parquet."""

from __future__ import annotations

import hashlib
import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from infra.domain.errors import DataError, Mistake, SpecError, Unavailable
from infra.history.table import Table
from infra.history.tabular import plain_frame, read_parquet

_NAME = re.compile(r"([A-Za-z0-9][\w.()-]{0,120})(?:@(\d{1,4}))?")
Fetch = Callable[[str, int, Path], pd.DataFrame]


def fetch_openml_frame(name: str, version: int, folder: Path) -> pd.DataFrame:
    """All columns of one version of a data set, the target among them, in the published row order."""
    from sklearn.datasets import fetch_openml

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # remarks on the data set's description, of no use here
        fetched = fetch_openml(name=name, version=version, as_frame=True, data_home=str(folder), parser="pandas")
    return pd.DataFrame(fetched.frame)


def read_openml(name: str, folder: Path, fetch: Fetch = fetch_openml_frame) -> Table:
    """Read `NAME` or `NAME@VERSION` (version 1 when not given), from `folder` when it was downloaded before.

    Raises:
        SpecError: not a name of a data set.
        Unavailable: it cannot be downloaded.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        problem = f"`openml:{name}` is no data set: write `openml:NAME` or `openml:NAME@VERSION`"
        raise SpecError("OpenML", [Mistake(where="data.source", line=None, problem=problem)])
    version = int(match[2] or 1)
    kept = folder / f"openml-{match[1]}-{version}.parquet"
    if not kept.exists():
        _download(match[1], version, kept, fetch)
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    table = read_parquet(kept, digest)
    return Table(frame=table.frame, source=f"openml:{match[1]}@{version}", sha256=digest, place=table.place)


def _download(name: str, version: int, kept: Path, fetch: Fetch) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        frame = fetch(name, version, kept.parent / "openml")
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"openml:{name} (version {version}) could not be downloaded ({error}): check the name and the network, "
            "or give a file of your own with `--data PATH`"
        ) from error
    if frame.empty:
        raise DataError(f"openml:{name} (version {version}) has no rows: choose another version or data set")
    partial = kept.with_name(f"{kept.name}.{os.getpid()}")
    plain_frame(frame, f"openml:{name}").to_parquet(partial, index=False)
    partial.replace(kept)  # whole or not at all, whoever else downloads
