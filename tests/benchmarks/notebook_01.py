"""How long notebook 01 takes on an extract of a million persons, and how much memory it needs at most.

Run from the top of the repository: python tests/benchmarks/notebook_01.py
It rewrites notebook_01.md beside this file. The plain run of the default extract in the same minutes is what to compare
with on another machine.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from rehab_stats.batch.parameters import NOTEBOOKS
from rehab_stats.extract.synthetic.simulate import simulate_extract, write_extract

PERSONS = 1_000_000
NOTEBOOK = NOTEBOOKS["01_referral_gradient"].path


def run(folder: Path, extract: Path | str) -> float:
    """Seconds of the whole command, Papermill and kernel included."""
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), str(folder / "out.ipynb"), "--no-progress-bar"]
    begin = time.perf_counter()
    subprocess.run([*command, "-p", "extract", str(extract)], check=True, capture_output=True, cwd=NOTEBOOK.parents[1])
    return time.perf_counter() - begin


def main() -> None:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = run(folder, "")
        extract = simulate_extract("default", n=PERSONS, rng=np.random.default_rng(1), validate=False)
        write_extract(extract, folder / "million")
        large = run(folder, folder / "million")
    # of the largest child: the kernel
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    lines = [
        "# Notebook 01 on a million persons",
        "",
        f"Written by notebook_01.py. Python {platform.python_version()}, {os.cpu_count()} cores, load before the "
        f"run {load:.1f}. Papermill, kernel and figures included.",
        "",
        "| extract | seconds |",
        "| --- | --- |",
        f"| default, 13,840 persons | {small:.0f} |",
        f"| the same mechanism, {PERSONS:,} persons | {large:.0f} |",
        "",
        f"Peak memory of the kernel: {peak:.1f} GiB.",
    ]
    Path(__file__).with_suffix(".md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
