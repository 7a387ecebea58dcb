from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from leukcad.errors import LeukcadError
from leukcad.files import atomic_folder, atomic_write, disk_errors, sha256_of


def test_a_file_is_written_with_its_folders_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "c.txt"
    atomic_write(target, "µm")
    atomic_write(target, b"new")
    assert target.read_bytes() == b"new"
    assert [p.name for p in target.parent.iterdir()] == ["c.txt"]


def test_a_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", "x")
    (tmp_path / "b").write_text("x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EACCES, "no permission; "),
        (errno.EROFS, "read-only"),
    ],
)
def test_a_disk_that_says_no_leaves_the_old_file_and_a_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    target = tmp_path / "a"
    target.write_text("old")

    def refuse(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(LeukcadError) as caught:
        atomic_write(target, "new")
    assert str(caught.value).startswith(f"cannot write {target}: ")
    assert words in str(caught.value)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(LeukcadError, match="a file stands where a folder is needed"):
        atomic_write(tmp_path / "a" / "b" / "c", "x")
    (tmp_path / "d").mkdir()
    with pytest.raises(LeukcadError, match="a folder stands where a file is needed"):
        atomic_write(tmp_path / "d", "x")
    with pytest.raises(LeukcadError, match="null"):
        atomic_write(tmp_path / "a\0b", "x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "d"]


def test_a_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "runs" / "a"
    with pytest.raises(KeyboardInterrupt), atomic_folder(target) as folder:
        (folder / "x").write_text("half")
        raise KeyboardInterrupt
    assert list(target.parent.iterdir()) == []
    for text in ("one", "two"):
        with atomic_folder(target) as folder:
            (folder / "x").write_text(text)
            assert not target.exists() or (target / "x").read_text() == "one"
        assert (target / "x").read_text() == text
    with pytest.raises(ValueError), atomic_folder(target) as folder:
        raise ValueError
    assert (target / "x").read_text() == "two"
    assert list(target.parent.iterdir()) == [target]


def test_a_checksum_is_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(b"x" * 100_000).hexdigest()
    with pytest.raises(LeukcadError, match=r"cannot read .*none: there is no such file"):
        sha256_of(tmp_path / "none")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_an_array_that_numpy_could_not_write_whole_names_the_disk() -> None:
    with pytest.raises(LeukcadError, match=r"cannot write a\.npy: the disk is full"), disk_errors("a.npy", "write"):
        np.zeros(1 << 20, np.uint8).tofile("/dev/full")
