"""What Alembic runs: on the connection it is handed, inside that connection's transaction. Reads no file."""

from __future__ import annotations

from alembic import context

from infra.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,
    compare_type=True,
)
context.run_migrations()
