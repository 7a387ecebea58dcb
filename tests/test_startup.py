"""What the command line may import before it has something to run: seconds are measured in modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "torchvision", "scipy", "pandas", "matplotlib", "sklearn", "skimage", "plotly", "jinja2")

RUN = """
import sys
from leukcad.cli import main
try:
    main({arguments!r})
except SystemExit as left:
    code = left.code
print("\\n" + " ".join(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


def modules(code: str) -> set[str]:
    """The modules that are loaded when `code` ends."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def roots(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run", "--help"],
        ["plugins"],
        ["check", "pipelines/direct_resnet50.yaml", "pipelines/two_step.yaml"],
        ["schema"],
        ["runs"],
    ],
    ids=lambda a: a[0],
)
def test_a_command_that_runs_nothing_imports_nothing_heavy(arguments: list[str]) -> None:
    assert not roots(modules(RUN.format(arguments=arguments))) & set(HEAVY)


def test_help_costs_at_most_twice_what_importing_typer_and_rich_costs() -> None:
    told = "print(' '.join(sorted(sys.modules)), file=sys.stderr)"
    python = modules(f"import sys\n{told}")
    base = modules(f"import sys, typer, rich\n{told}") - python
    more = modules(RUN.format(arguments=["--help"])) - python
    assert not roots(more) & {"numpy", "pydantic", "pluggy", "yaml", "PIL", *HEAVY}
    assert len(more) <= 2 * len(base), sorted(more - base)


def test_importing_leukcad_imports_nothing_else() -> None:
    told = "print(' '.join(sorted(sys.modules)), file=sys.stderr)"
    more = modules(f"import sys, leukcad\n{told}") - modules(f"import sys, importlib, typing, __future__\n{told}")
    assert more == {"leukcad"}
