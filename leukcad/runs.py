"""A run is a folder: what was asked, what it was made of, what was learned, what was answered.

    runs/NAME-DIGEST/  pipeline.yaml  provenance.json  split.csv  steps/PLACE-STAGE/  answers/  metrics.json  log.txt

Everything is written atomically; what is finished is kept, so a run that was cut off goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.files import atomic_write, sha256_of

if TYPE_CHECKING:
    from leukcad.step import Step

FORMAT = 1  # of the run folder; a reader refuses what it does not know


@dataclass(frozen=True)
class Run:
    """A run's folder and the digest of what went into it."""

    folder: Path
    digest: str

    @property
    def name(self) -> str:
        """The pipeline's name, without the digest."""
        return self.folder.name.rpartition("-")[0] or self.folder.name

    @classmethod
    def open(cls, folder: Path) -> Run:
        """An existing run; raises `LeukcadError` if the folder is none, or of another format."""
        told = _json(folder / "provenance.json", "a run folder holds provenance.json")
        if told.get("format") != FORMAT:
            came = told.get("format")
            raise LeukcadError(f"{folder}: expected run format {FORMAT}, got {came}", cure="train it again")
        return cls(folder, str(told["digest"]))

    def create(self, pipeline: str, provenance: Mapping[str, Any]) -> None:
        """Make the folder, or find it made before; provenance gains format and digest."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "provenance.json").exists():
            atomic_write(self.folder / "pipeline.yaml", pipeline.encode())
            self.write_json("provenance.json", {"format": FORMAT, "digest": self.digest, **provenance})

    def provenance(self) -> dict[str, Any]:
        """What the run was made of."""
        return _json(self.folder / "provenance.json", "a run folder holds provenance.json")

    def write_json(self, name: str, value: Any) -> Path:
        """Write JSON into the folder, atomically."""
        path = self.folder / name
        atomic_write(path, (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=False) + "\n").encode())
        return path

    def read_json(self, name: str) -> dict[str, Any] | None:
        """JSON out of the folder, None where it is not there."""
        path = self.folder / name
        return _json(path, "the run wrote it") if path.exists() else None

    def step_folder(self, step: Step) -> Path:
        """Where a step keeps what it learns."""
        folder = self.folder / "steps" / f"{step.place}-{step.stage}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def learned(self, step: Step) -> bool:
        """Whether the step has finished learning."""
        return (self.step_folder(step) / "learned.json").exists()

    def save(self, step: Step, told: Mapping[str, Any]) -> None:
        """Keep a step's weights as safetensors with their sha256; its `learned.json` comes last."""
        from safetensors.torch import save

        folder = self.step_folder(step)
        weights = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in step.state().items()}
        atomic_write(folder / "weights.safetensors", save(weights))
        sha = sha256_of(folder / "weights.safetensors")
        learned = {"classes": list(step.classes), "sha256": sha, "component": step.name, "origin": step.origin, **told}
        atomic_write(folder / "learned.json", json.dumps(learned, indent=1).encode())

    def restore(self, step: Step) -> None:
        """Give a step its weights back; raises `LeukcadError` if they are not those that were written."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        folder = self.step_folder(step)
        told = _json(folder / "learned.json", "the step has not learned yet")
        path = folder / "weights.safetensors"
        if not path.exists() or sha256_of(path) != told["sha256"]:
            cure = f"delete {folder} and run the pipeline again"
            raise LeukcadError(
                f"{path}: expected the weights with sha256 {told['sha256'][:12]}…, got others", cure=cure
            )
        step.classes = tuple(told["classes"])
        try:
            step.restore(load_file(path))
        except SafetensorError as error:
            raise LeukcadError(f"{path}: not a safetensors file: {error}") from error

    @contextmanager
    def logging(self) -> Iterator[None]:
        """Let what leukcad logs also stand in the run's log.txt."""
        handler = logging.FileHandler(self.folder / "log.txt", encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logger = logging.getLogger("leukcad")
        level = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.setLevel(level)
            logger.removeHandler(handler)
            handler.close()


def find(what: str, runs: Path) -> Path:
    """The folder of a run given by path or by name; of several by one name the newest that is finished."""
    path = Path(what)
    if (path / "provenance.json").exists():
        return path
    found = [p.parent for p in runs.glob(f"{what}*/provenance.json")] if runs.is_dir() else []
    if not found:
        known = ", ".join(sorted(p.parent.name for p in runs.glob("*/provenance.json"))) if runs.is_dir() else ""
        raise LeukcadError(f"no run {what!r} (known: {known or 'none'})", cure="give a run's folder, or its name")
    named = [p for p in found if p.name.rpartition("-")[0] == what]  # two_step is not two_step-seed2
    return max(named or found, key=lambda p: ((p / "metrics.json").exists(), p.stat().st_mtime))


def digest_of(parts: Mapping[str, Any]) -> str:
    """A hexadecimal sha256 over JSON-able `parts`, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def source_hash(cls: type) -> str:
    """The hash of all Python source of the package that a component's class lives in."""
    import importlib

    package = importlib.import_module(cls.__module__.partition(".")[0])
    file = package.__file__
    if file is None:
        return "builtin"
    place = Path(file)
    files = sorted(place.parent.rglob("*.py")) if place.name == "__init__.py" else [place]
    return digest_of({str(p.relative_to(place.parent)): sha256_of(p) for p in files})


def core_hash() -> str:
    """The hash of the core's own source that shapes what is learned and answered."""
    home = Path(__file__).parent
    names = ("types", "regions", "labels", "pipeline", "learning", "options")
    rooms = [path for room in ("boxes", "features", "training") for path in sorted((home / room).glob("*.py"))]
    files = [*(home / f"{name}.py" for name in names), *rooms]
    return digest_of({str(p.relative_to(home)): sha256_of(p) for p in files})


def _json(path: Path, cure: str) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LeukcadError(f"{path}: expected a file, found none", cure=cure) from error
    except (OSError, ValueError) as error:
        raise LeukcadError(f"{path}: cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise LeukcadError(f"{path}: expected a JSON object, got {type(value).__name__}")
    return value
