from __future__ import annotations

import os
import shlex
import subprocess
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outside:
    """A virtual environment outside the workspace, and the folder in which its user works."""

    folder: Path

    def type(self, line: str, *, code: int = 0) -> str:
        """One line as a user would type it; what it prints. pip goes without a network, and so without -e."""
        words = shlex.split(line)
        if words[0] == "pip":  # what hatchling needs for -e is fetched when pip isolates the build
            words = [word for word in words if word != "-e"]
            words += ["--no-build-isolation", "--no-deps", "--no-index", "--quiet"]
        command = [str(self.folder / "venv/bin/python"), "-m", *words]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, env=environment, check=False)
        assert done.returncode == code, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def site(self) -> Path:
        """Where its packages are."""
        (site,) = (self.folder / "venv/lib").glob("python*/site-packages")
        return site


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    """Sees what is installed here, leukcad and its plugins too; what is installed there is not seen here."""
    made = Outside(tmp_path_factory.mktemp("outside"))
    venv.create(made.folder / "venv", symlinks=True)
    editable = [str(folder) for folder in (ROOT, *sorted((ROOT / "plugins").glob("leukcad-*")))]
    (made.site / "workspace.pth").write_text("\n".join([sysconfig.get_path("purelib"), *editable]))
    return made
