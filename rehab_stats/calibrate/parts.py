"""Long work in numbered parts: each is computed once, by any process, and written whole or not at all.

A part is a Parquet file in a folder whose name holds a fingerprint of what makes the numbers, so that parts of another
version of the code are never taken for this one's.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import joblib
import numpy as np
import pandas as pd

PACKAGE = Path(__file__).resolve().parents[1]
REPOSITORY = PACKAGE.parent
SOURCES = (
    "rank.py",
    "calendar.py",
    "vocabulary.py",
    "extract/**/*.py",
    "estimate/**/*.py",
    "calibrate/analyses.py",
    "calibrate/access.py",
    "calibrate/effect.py",
    "calibrate/participation.py",
    "calibrate/pathway.py",
    "calibrate/pathway_truth.py",
    "calibrate/parts.py",
)
"""Modules, below the package, on which a number may depend."""
SEED = 2015


@dataclass(frozen=True)
class Part:
    """One piece of work: `compute(*arguments)` gives a DataFrame, which goes to `path`."""

    path: Path
    compute: Callable[..., pd.DataFrame]
    arguments: tuple = ()


def fingerprint() -> str:
    """Twelve hexadecimal digits that change with the code and the published numbers that make the results."""
    files = sorted({path for pattern in SOURCES for path in PACKAGE.glob(pattern)})
    files += sorted((REPOSITORY / "data" / "published").glob("*.csv"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(REPOSITORY).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def generator(purpose: str, scenario: str, number: int) -> np.random.Generator:
    """The chance of one piece of work, by its name and number alone: not by who computes it, or when."""
    key = (crc32(purpose.encode()), crc32(scenario.encode()), number)
    return np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=key))


def complete(parts: Sequence[Part], *, workers: int = 1) -> Iterator[int]:
    """Compute the parts that are not there yet, and yield how many are there after each.

    Parameters
    ----------
    parts : sequence of Part
    workers : int
        Processes, each with linear algebra on one core; 1: this process. The numbers do not depend on it.

    Yields
    ------
    int
        First how many were there already.
    """
    missing = [part for part in parts if not part.path.exists()]
    done = len(parts) - len(missing)
    yield done
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        work = (joblib.delayed(write_part)(part) for part in missing)
        for _ in joblib.Parallel(n_jobs=workers, return_as="generator_unordered")(work):
            done += 1
            yield done


def write_part(part: Part) -> None:
    """Compute a part and write it under a name of this process, then rename: no reader ever sees half of it."""
    frame = part.compute(*part.arguments)
    part.path.parent.mkdir(parents=True, exist_ok=True)
    draft = part.path.with_name(f".{part.path.name}.{os.getpid()}")
    try:
        frame.to_parquet(draft, index=False, compression="zstd")
        os.replace(draft, part.path)
    finally:
        draft.unlink(missing_ok=True)


def read_parts(parts: Sequence[Part]) -> pd.DataFrame:
    """The parts below each other, in the order given."""
    return pd.concat([pd.read_parquet(part.path) for part in parts], ignore_index=True)
