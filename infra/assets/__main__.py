"""Packs htmx and ECharts for the pages: `python -m infra.assets`, for whoever changes a version.

It needs Node and npm, which neither users nor tests do: the packed files are part of the repository. Versions are
fixed here; esbuild writes the same bytes from the same versions.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

VERSIONS: Mapping[str, str] = {"htmx.org": "4.0.1", "echarts": "6.1.0", "esbuild": "0.28.2"}
VENDOR = Path("services/dashboard/static/vendor")
_HERE = Path(__file__).parent
_LICENSES = {
    "htmx.LICENSE.txt": ("htmx.org/LICENSE",),
    "echarts.LICENSE.txt": (
        "echarts/LICENSE",
        "echarts/NOTICE",
        "echarts/licenses/LICENSE-d3",
        "zrender/LICENSE",
        "tslib/LICENSE.txt",
    ),
}
_PACK = ("--bundle", "--minify", "--format=esm", "--target=es2020", "--legal-comments=none", "--log-level=warning")


def main() -> int:
    """Write the vendored files anew; the exit status."""
    if shutil.which("npm") is None:
        print("npm is not here: install Node 20 or newer, or leave the packed files as they are", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        modules = _fetch(work)
        VENDOR.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / "htmx.org/dist/htmx.min.js", VENDOR / "htmx.min.js")
        _pack_charts(work, modules)
        for name, sources in _LICENSES.items():
            texts = [f"{source}\n\n{(modules / source).read_text('utf-8').strip()}\n" for source in sources]
            (VENDOR / name).write_text("\n\n".join(texts), "utf-8")
    for path in sorted(VENDOR.glob("*.js")):
        print(f"{path.name}  {path.stat().st_size:,} bytes  sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")
    return 0


def _fetch(work: Path) -> Path:
    """The packages in `work`; their own install scripts do not run."""
    (work / "package.json").write_text('{"private": true}', "utf-8")
    wanted = [f"{name}@{version}" for name, version in VERSIONS.items()]
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", *wanted]
    subprocess.run(command, cwd=work, check=True, stdout=subprocess.DEVNULL)
    return work / "node_modules"


def _pack_charts(work: Path, modules: Path) -> None:
    """ECharts' parts as one module: the banner names the licence, whose text lies beside it."""
    shutil.copyfile(_HERE / "charts.js", work / "charts.js")
    banner = f"/* Apache ECharts {VERSIONS['echarts']}, Apache-2.0: see echarts.LICENSE.txt */"
    target = (VENDOR / "echarts.min.js").resolve()
    command = [str(modules / ".bin/esbuild"), "charts.js", *_PACK, f"--banner:js={banner}", f"--outfile={target}"]
    subprocess.run([*command, '--define:process.env.NODE_ENV="production"'], cwd=work, check=True)


if __name__ == "__main__":
    sys.exit(main())
