"""The files of data/published, read as they stand: every cell is text."""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

PUBLISHED = Path(__file__).resolve().parents[2] / "data" / "published"


def read_published(name: str) -> pd.DataFrame:
    """One file of `data/published` with every cell as text; a ValueError gives the nearest name when there is none."""
    names = sorted(path.stem for path in PUBLISHED.glob("*.csv"))
    if name not in names:
        nearest = get_close_matches(str(name), names, n=1, cutoff=0.0) or ["moustsen_2015"]
        raise ValueError(f"no published file {name!r}; nearest is {nearest[0]!r}, there are {', '.join(names)}")
    return pd.read_csv(PUBLISHED / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")


def published_checksum() -> str:
    """SHA-256 over names and bytes of all files of `data/published`, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(PUBLISHED.glob("*.csv")):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
