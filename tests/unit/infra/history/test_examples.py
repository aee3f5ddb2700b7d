"""Every example reads the real data it is about; its model file is right even where the data is not there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.history.history import read_history
from infra.settings import Settings
from infra.spec import read_spec

EXAMPLES = Path(__file__).parents[4] / "examples"
REAL = [
    # example, file, rows, first and last event time, features, classes
    ("electricity", "elec2.csv.gz", 45_312, "1996-05-07T00:00", "1998-12-06T23:30", 8, ("DOWN", "UP")),
    ("weather", "noaa_weather.csv.gz", 18_159, "1949-01-01T00:00", "1998-09-19T00:00", 8, ("0", "1")),
    ("steel-energy", "steel_energy.csv.gz", 35_040, "2018-01-01T00:00", "2018-12-31T23:45", 9, None),
    (
        "steel-load",
        "steel_energy.csv.gz",
        35_040,
        "2018-01-01T00:00",
        "2018-12-31T23:45",
        9,
        ("Light_Load", "Maximum_Load", "Medium_Load"),
    ),
    ("bike-demand", "bike_hour.csv.gz", 17_379, "2011-01-01T00:00", "2012-12-31T23:00", 12, None),
    ("semiconductor", "secom_207.csv.gz", 1_567, "2008-07-19T11:55", "2008-10-17T06:07", 207, ("0", "1")),
    ("solar-cells", "elpv_cells_48.npz", 2_624, "2000-01-01T00:00", "2000-01-02T19:43", 1, ("0", "1")),
]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/model.yaml")), ids=lambda path: path.parent.name)
def test_every_example_is_named_after_its_folder(path: Path) -> None:
    assert read_spec(path).model == path.parent.name


def test_every_example_with_real_data_is_checked_here() -> None:
    assert {case[0] for case in REAL} <= {path.parent.name for path in EXAMPLES.glob("*/model.yaml")}


@pytest.mark.data
@pytest.mark.parametrize(("example", "file", "rows", "first", "last", "features", "classes"), REAL)
def test_an_example_reads_its_real_data(
    tmp_path: Path,
    example: str,
    file: str,
    rows: int,
    first: str,
    last: str,
    features: int,
    classes: tuple[str, ...] | None,
) -> None:
    settings = Settings(home=tmp_path)
    data = settings.data_dir / file
    if not data.exists():
        pytest.skip(f"{data} is not there: set KEEPSHARP_DATA_DIR to the folder with the real data sets")
    folder = EXAMPLES / example
    history = read_history(read_spec(folder / "model.yaml"), folder, settings=settings, data=data)
    assert len(history.target) == len(history.times) == len(history.frame) == rows
    assert history.times[0] == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert history.times[-1] == datetime.fromisoformat(last).replace(tzinfo=UTC)
    assert sum(kind != "carried" for kind in history.kinds.values()) == features
    assert history.classes == classes
