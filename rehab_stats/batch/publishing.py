"""Results of a run, from its staging folder to their places: renamed, never written there.

Each notebook leaves a record of what was run and which files it made, with their checksums: resuming reads it, and so
does the gathering of figures/.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rehab_stats.batch.jobs import Job

PRINTED = ("figures", "tables")
"""Folders that a notebook writes below `output`; `write_figures` gathers them."""


def publish(job: Job) -> None:
    """Move a job's files to their places, remove those of its last run that it no longer makes, write its record.

    Parameters
    ----------
    job : Job
        Its staging folder holds the results of a run that reached its end.

    Raises
    ------
    ValueError
        When another notebook's record holds a file of the same name.
    """
    names = sorted(str(path.relative_to(job.staging)) for path in job.staging.rglob("*") if path.is_file())
    for record in sorted(job.folder.glob("*.run.json")):
        shared = set(names) & set(recorded_files(record)) if record != job.record else set()
        if shared:
            raise ValueError(f"{record.name.removesuffix('.run.json')} writes {min(shared)} as well")
    stale = set(recorded_files(job.record)) - set(names)
    # without its record a half-moved run cannot pass for a finished one
    job.record.unlink(missing_ok=True)
    files = {name: _sha256(job.staging / name) for name in names}
    for name in names:
        (job.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (job.staging / name).replace(job.folder / name)
    for name in stale:
        (job.folder / name).unlink(missing_ok=True)
    record = {"notebook": job.notebook.name, "parameters": job.parameters, "key": job.key, "files": files}
    draft = job.staging / job.record.name
    draft.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(job.record)


def store(job: Job) -> None:
    """Replace a notebook by its executed copy, unless they are equal.

    Parameters
    ----------
    job : Job
    """
    executed = job.staging / job.notebook.path.name
    if executed.read_bytes() != job.notebook.path.read_bytes():
        executed.replace(job.notebook.path)


def is_there(job: Job) -> bool:
    """Whether the results of an equal run are there, all of them and unchanged.

    Parameters
    ----------
    job : Job

    Returns
    -------
    bool
    """
    if _read_record(job.record).get("key") != job.key:
        return False
    paths = {job.folder / name: checksum for name, checksum in recorded_files(job.record).items()}
    return all(path.is_file() and _sha256(path) == checksum for path, checksum in paths.items())


def recorded_files(record: Path) -> dict[str, str]:
    """Files of a run, relative to its folder, and their SHA-256; none when it left no record that can be read.

    Parameters
    ----------
    record : Path

    Returns
    -------
    dict of str to str
    """
    return _read_record(record).get("files", {})


def _read_record(path: Path) -> dict[str, Any]:
    """A record; empty when there is none, or a damaged one, or another file of that name."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    sound = isinstance(record, dict) and isinstance(record.get("files"), dict) and "key" in record
    return record if sound else {}


def write_figures(records: Iterable[Path], folder: str | Path) -> bool:
    """Put the figures and tables of a run into one folder, all at once, in place of what was there.

    Parameters
    ----------
    records : iterable of Path
        Records of the notebooks whose figures and tables are wanted.
    folder : str or Path

    Returns
    -------
    bool
        False when the folder already held exactly these bytes; it is then not touched.

    Raises
    ------
    ValueError
        When two results have the same name.
    """
    folder = Path(folder)
    files: dict[str, Path] = {}
    for record in records:
        for source in [record.parent / name for name in recorded_files(record) if Path(name).parts[0] in PRINTED]:
            if source.name in files:
                raise ValueError(f"two results are named {source.name}: {files[source.name]} and {source}")
            files[source.name] = source
    if folder.is_dir() and _contents(folder) == {name: path.read_bytes() for name, path in files.items()}:
        return False
    fresh, old = folder.with_name(f".{folder.name}.partial"), folder.with_name(f".{folder.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, source in sorted(files.items()):
        shutil.copyfile(source, fresh / name)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return True


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
