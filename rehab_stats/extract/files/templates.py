"""Files to begin with, to be copied and filled in: a mapping of a Danish care record, a grid of indicator sheets."""

from __future__ import annotations

import shutil
from pathlib import Path

TEMPLATES = Path(__file__).parents[3] / "data" / "templates"


def template_names() -> list[str]:
    """The templates there are."""
    return sorted(entry.name for entry in TEMPLATES.iterdir() if entry.is_dir())


def copy_template(out: str | Path, *, name: str = "care_record") -> list[Path]:
    """Copy a template's files to a folder, which is made; returns them. ValueError when a file of that name is there.

    Nothing is copied when anything would be overwritten.
    """
    out = Path(out)
    if name not in template_names():
        raise ValueError(f"there is no template {name!r}; there are {', '.join(template_names())}")
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file, not a folder")
    files = sorted((TEMPLATES / name).iterdir())
    there = [file.name for file in files if (out / file.name).exists()]
    if there:
        raise ValueError(f"{out} has {' and '.join(there)} already, and nothing in it is overwritten")
    out.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(file, out / file.name)) for file in files]
