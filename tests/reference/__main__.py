"""Write every page of the reference anew."""

from __future__ import annotations

from pathlib import Path

from tests.reference.pages import written

for name, text in written().items():
    path = Path(__file__).parents[2] / "docs" / "reference" / name
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(Path.cwd())}")
