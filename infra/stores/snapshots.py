"""Training tables as Parquet files named by the hash of their content. Knows nothing of what the rows mean.

pandas and Arrow are imported when a table is first touched: most commands only read the database, and start at once.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from infra.domain.errors import DataError, Unavailable
from infra.stores.refusals import no_snapshot

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq


class ParquetSnapshots:
    """The port `Snapshots` on a folder: one file for each content, complete or absent, verified when it is read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, frame: pd.DataFrame) -> str:
        from infra.stores.tabular import content_hash, to_table

        table = to_table(frame)
        sha256 = content_hash(table)
        path = self._path(sha256)
        if not path.exists():
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                _write_whole(table, path)
            except OSError as error:
                raise _unwritten(path, error) from error
        return sha256

    def load(self, sha256: str) -> pd.DataFrame:
        import pyarrow as pa
        import pyarrow.parquet as pq

        from infra.stores.tabular import content_hash

        path = self._path(sha256)
        if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not path.exists():
            raise no_snapshot(sha256)
        try:
            table = pq.read_table(path)
            found = content_hash(table)
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"the snapshot {path} cannot be read ({error}): {_RESTORE}") from error
        if found != sha256:
            raise DataError(f"the snapshot {path} holds other content, with hash {found}: {_RESTORE}")
        return table.to_pandas()

    def large_file(self, sha256: str, above_bytes: int) -> Path | None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        from infra.stores.tabular import hash_of_columns

        path = self._path(sha256)
        if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not path.exists():
            raise no_snapshot(sha256)
        try:
            with pq.ParquetFile(path, memory_map=True) as file:
                if unpacked_bytes(file.metadata) <= above_bytes:
                    return None
                found = hash_of_columns(file.metadata.num_rows, _one_by_one(file))
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"the snapshot {path} cannot be read ({error}): {_RESTORE}") from error
        if found != sha256:
            raise DataError(f"the snapshot {path} holds other content, with hash {found}: {_RESTORE}")
        return path

    def adopt(self, draft: Path) -> Path:
        import pyarrow.parquet as pq

        from infra.stores.tabular import hash_of_columns

        with pq.ParquetFile(draft) as file:
            path = self._path(hash_of_columns(file.metadata.num_rows, _one_by_one(file)))
        if not path.exists():
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                _move_whole(draft, path)
            except OSError as error:
                raise _unwritten(path, error) from error
        return path

    def parts_of(self, sha256: str, row_id: str) -> list[str]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self._path(sha256)
        if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not path.exists():
            raise no_snapshot(sha256)
        try:
            found = pq.read_table(path, columns=["@id", "@part"], filters=[("@id", "=", row_id)])
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"the snapshot {path} cannot be read ({error}): {_RESTORE}") from error
        return [str(part) for part in found.column("@part").to_pylist()]

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.parquet"


_GROUP_ROWS = 50_000
"""Rows that lie together in the file: as many are unpacked at once when it is read in pieces."""
_RESTORE = "restore the file from a backup, or delete it and train again"


def unpacked_bytes(metadata: pq.FileMetaData) -> int:
    """What all columns of a Parquet file take, unpacked."""
    return sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))


def _one_by_one(file: pq.ParquetFile) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """A column at a time; Arrow would keep the memory of all that it once held."""
    import pyarrow as pa

    for name in file.schema_arrow.names:
        yield name, file.read(columns=[name]).column(name)
        pa.default_memory_pool().release_unused()


def _write_whole(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=".parquet")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            pq.write_table(table, file, compression="zstd", row_group_size=_GROUP_ROWS)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder_of(path)


def _move_whole(written: Path, path: Path) -> None:
    """A file to its place, from another disk by way of a draft beside it."""
    draft = path.with_name(f".writing-{path.name}.{os.getpid()}")
    try:
        shutil.move(written, draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder_of(path)


def _unwritten(path: Path, error: OSError) -> Unavailable:
    return Unavailable(f"the snapshot {path} cannot be written ({error}): check the rights and the room on its disk")


def _sync_folder_of(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)  # so that a power cut cannot forget the new name
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
