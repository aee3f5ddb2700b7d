"""A container's health check: ends with 0 when the address answers below 400. Standard library alone."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request


def main(url: str) -> int:
    """0 when `url` answers within 4 s, 1 with the reason on standard error when it does not."""
    try:
        with urllib.request.urlopen(url, timeout=4):  # noqa: S310 - the address that the compose file names
            return 0
    except (urllib.error.URLError, OSError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
