"""Completion in a real bash, as docs/terminal.md says: installed by one command, then Tab completes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="no bash installed")

# what readline does at a Tab: the words so far, then the function that `complete` names
TAB = """
source "$HOME/.bashrc"
COMP_WORDS=({words}); COMP_CWORD={last}
function=$(complete -p leukcad | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function" leukcad
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def bash(script: str, home: Path) -> str:
    """What a bash prints whose home is `home`, with this environment's programs."""
    assert BASH is not None
    environment = {**os.environ, "HOME": str(home), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = [BASH, "--norc", "-c", script + "\ntrue"]  # so that bash stays the parent, by which the shell is known
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's home in which completion was installed."""
    folder = tmp_path_factory.mktemp("home")
    assert "bash" in bash("leukcad --install-completion", folder)
    return folder


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("leukcad aud", "audit"), ("leukcad run --qu", "--quick"), ("leukcad schema ver", "verdict")],
)
def test_tab_completes_in_bash_once_completion_is_installed(home: Path, words: str, wanted: str) -> None:
    assert wanted in bash(TAB.format(words=words, last=words.count(" ")), home).split()


def test_what_was_installed_is_one_script_named_in_bashrc(home: Path) -> None:
    assert (home / ".bash_completions/leukcad.sh").is_file()
    assert ".bash_completions/leukcad.sh" in (home / ".bashrc").read_text()
    assert {path.name for path in home.iterdir()} == {".bash_completions", ".bashrc"}


def test_the_script_can_be_printed_instead(home: Path) -> None:
    assert "complete -o default -F" in bash("leukcad --show-completion", home)
