"""Where a history comes from: a file beside the model file or in the data folder, OpenML, or a database.

It decides which reader answers and knows nothing of what the columns mean.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from infra.domain.errors import DataError, Mistake, SpecError
from infra.history.openml import read_openml
from infra.history.pictures import read_npz
from infra.history.table import Table, row_of
from infra.history.tabular import read_csv, read_parquet
from infra.settings import Settings
from infra.spec.data import Data

CSV_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
PARQUET_ENDINGS = (".parquet", ".pq")
_UNPACKED = 5
ACCEPTED = "CSV (.csv, .csv.gz, .tsv), Parquet (.parquet) or NPZ (.npz)"


def open_source(data: Data, folder: Path, *, settings: Settings, override: Path | None = None) -> Table:
    """Read the table that the model file names, or the file that stands in for it.

    Raises:
        SpecError: no such file, or a kind of file that keepsharp does not read.
        DataError: the source is there but cannot be read.
    """
    if override is not None:
        return read_file(_existing(override.expanduser(), "--data"), data)
    if data.query is not None:
        from infra.history.query import read_query  # a second of imports that files do without

        return read_query(data.source, data.query)
    if data.source.startswith("openml:"):
        return read_openml(data.source.removeprefix("openml:"), settings.home / "data")
    return read_file(find_file(data.source, folder, settings), data)


def open_large_source(
    data: Data, folder: Path, scratch: Path, *, settings: Settings, override: Path | None = None
) -> Table:
    """As `open_source`; a table larger than `settings.large_history_mb` is left in files, some of them in `scratch`.

    Pictures and data sets of OpenML are read whole whatever their size.
    """
    from infra.history.csv_chunks import read_large_csv  # these take a while to import, and most commands need none
    from infra.history.raw_columns import RawColumns, stored_bytes

    above = int(settings.large_history_mb * (1 << 20))
    if override is None and data.query is not None:
        from infra.history.query import read_large_query

        return read_large_query(data.source, data.query, scratch, above)
    if override is None and data.source.startswith("openml:"):
        return open_source(data, folder, settings=settings)
    path = find_file(data.source, folder, settings) if override is None else _existing(override.expanduser(), "--data")
    name = path.name.lower()
    if data.images is None and name.endswith(PARQUET_ENDINGS) and stored_bytes(path) > above:
        return Table(frame=RawColumns.of([path]), source=str(path), sha256=_digest(path), place=row_of)
    if data.images is None and name.endswith(CSV_ENDINGS) and _text_bytes(path) > above:
        return read_large_csv(path, _digest(path), scratch, as_text=_as_text(data))
    return read_file(path, data)


def find_file(source: str, folder: Path, settings: Settings) -> Path:
    """The file named by the model file: beside it, else in the data folder.

    Raises:
        SpecError: it is in neither.
    """
    tried = looked_in(source, folder, settings)
    for path in tried:
        if path.is_file():
            return path
    looked = " nor ".join(f"`{path}`" for path in tried)
    problem = f"there is no file {looked}; correct data.source, or give the file with `--data PATH`"
    raise SpecError(source, [Mistake(where="data.source", line=None, problem=problem)])


def looked_in(source: str, folder: Path, settings: Settings) -> list[Path]:
    """Where a file of that name may lie: beside the model file, or in the data folder."""
    given = Path(source).expanduser()
    return [given] if given.is_absolute() else [folder / given, settings.data_dir / given]


def read_file(path: Path, data: Data | None = None) -> Table:
    """Read a local file by its ending. `data` says which columns are text and which array holds pictures.

    Raises:
        SpecError: a kind of file that keepsharp does not read.
        DataError: the file cannot be read.
    """
    name = path.name.lower()
    is_npz = name.endswith(".npz")
    if not (is_npz or name.endswith(CSV_ENDINGS + PARQUET_ENDINGS)):
        problem = f"`{path.name}` is not a kind of file that keepsharp reads: give {ACCEPTED}"
        raise SpecError(str(path), [Mistake(where="data.source", line=None, problem=problem)])
    if data is not None and data.images is not None and not is_npz:
        problem = f"pictures come from an NPZ file, but the data is `{path.name}`: give an NPZ file, or remove the key"
        raise SpecError(str(path), [Mistake(where="data.images", line=None, problem=problem)])
    digest = _digest(path)
    if is_npz:
        return read_npz(path, data.images if data is not None else None, digest)
    if name.endswith(PARQUET_ENDINGS):
        return read_parquet(path, digest)
    return read_csv(path, digest, as_text=_as_text(data))


def _as_text(data: Data | None) -> list[str]:
    """Columns whose meaning is not a number's to decide."""
    return [] if data is None else [column for column in (data.time, data.target) if column is not None]


def _text_bytes(path: Path) -> int:
    """How much text a CSV file holds; of a packed one, as much as tables of numbers usually do."""
    return path.stat().st_size * (_UNPACKED if path.name.lower().endswith(".gz") else 1)


def _existing(path: Path, where: str) -> Path:
    if not path.is_file():
        found = "is a folder" if path.is_dir() else "does not exist"
        raise SpecError(str(path), [Mistake(where=where, line=None, problem=f"{found}: name a data file")])
    return path


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check its permissions") from error
