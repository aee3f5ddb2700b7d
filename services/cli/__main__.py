"""`python -m services.cli`: the `keepsharp` command where it is not on the path."""

from __future__ import annotations

from services.cli.main import main

if __name__ == "__main__":
    main()
