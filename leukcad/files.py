"""Files that are there whole or not at all, and clear words when the disk says no."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from leukcad.errors import LeukcadError

_CURES = {
    errno.ENOSPC: ("the disk is full", "free some space and start again: what was finished is kept"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and start again: what was finished is kept"),
    errno.EFBIG: ("the file grows larger than is allowed here", "raise the limit (ulimit -f) or choose another disk"),
    errno.EROFS: ("the disk is read-only", "choose a folder that can be written"),
    errno.EACCES: ("no permission", "change the permissions, or choose another folder"),
    errno.EPERM: ("no permission", "change the permissions, or choose another folder"),
    errno.ENOTDIR: ("a file stands where a folder is needed", "move it, or choose another folder"),
    errno.EISDIR: ("a folder stands where a file is needed", "move it, or choose another name"),
    errno.ENOENT: ("there is no such file or folder", None),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n)"),
}


@contextlib.contextmanager
def disk_errors(path: str | os.PathLike[str], doing: str) -> Iterator[None]:
    """Turns what the system raises inside into a LeukcadError: "cannot write runs/a.json: the disk is full; …"."""
    try:
        yield
    except OSError as error:
        short = error.errno is None and " requested and " in str(error)  # NumPy's word for a file cut short
        code = errno.ENOSPC if short else error.errno or 0
        reason, cure = _CURES.get(code, (error.strerror or str(error), None))
        raise LeukcadError(f"cannot {doing} {os.fspath(path)}: {reason}", cure=cure) from error
    except ValueError as error:  # a NUL in a name
        raise LeukcadError(f"cannot {doing} {os.fspath(path)!r}: {error}") from error


def atomic_write(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Write `data` (text as UTF-8) so that `path` holds the old or the new content at any moment, also after a kill.

    Makes the folder. Raises LeukcadError where the disk is full or may not be written.
    """
    target = Path(path)
    content = data.encode("utf-8") if isinstance(data, str) else data
    with disk_errors(path, "write"):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f".{secrets.token_hex(8)}.tmp"
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(target.parent)


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A new folder to fill; when all went well it stands at `path`, in place of what was there, else nothing does."""
    target = Path(path)
    token = secrets.token_hex(8)
    filling, old = target.parent / f".{token}.tmp", target.parent / f".{token}.old"
    with disk_errors(path, "write"):
        target.parent.mkdir(parents=True, exist_ok=True)
        filling.mkdir()
    try:
        yield filling
        with disk_errors(path, "write"):
            _sync_folder(filling)
            if target.exists():
                target.rename(old)
            filling.rename(target)
            _sync_folder(target.parent)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(filling, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)


def sha256_of(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file's content, in hexadecimal. Raises LeukcadError if it cannot be read."""
    with disk_errors(path, "read"), Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
