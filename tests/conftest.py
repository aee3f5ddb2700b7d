"""Fixtures that every test may ask for live in the files named here, one concept each."""

pytest_plugins = [
    "tests.mlflow_fixtures",
    "tests.postgres_fixtures",
    "tests.prefect_fixtures",
    "tests.sqlite_fixtures",
]
