"""The pages travel with the package."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = [p for room in ("placing", "reviewing", "serving") for p in (ROOT / "leukcad" / room / "static").iterdir()]


def test_a_wheel_holds_every_file_of_the_pages_and_the_licence_of_what_is_not_ours(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    pages = {p.relative_to(ROOT).as_posix() for p in FILES}
    assert len(pages) >= 12 and pages <= held
    assert "leukcad/placing/static/annotorious.LICENSE.txt" in pages


def test_nothing_of_the_pages_names_a_file_or_a_host_elsewhere() -> None:
    for file in FILES:
        if file.suffix in (".html", ".css", ".js") and not file.name.startswith("annotorious."):
            text = file.read_text(encoding="utf-8")
            assert "http:" not in text and "https:" not in text and "//cdn" not in text, file
    library = (ROOT / "leukcad/placing/static/annotorious.js").read_text(encoding="utf-8")
    assert "eval(" not in library and "new Function" not in library and "sourceMappingURL" not in library
