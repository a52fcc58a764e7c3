"""The long studies: python -m rehab_stats.calibrate key | run. Both take up where they were interrupted."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from rehab_stats.calibrate.answer_keys import BATCHES, PERSONS, answer_key, key_parts, write_key
from rehab_stats.calibrate.judgement import FAILS, judge
from rehab_stats.calibrate.parts import REPOSITORY, SEED, Part, complete, fingerprint, read_parts
from rehab_stats.calibrate.replicates import REPLICATES, SCENARIOS, replicate_parts
from rehab_stats.calibrate.summary import calibration_markdown
from rehab_stats.extract.synthetic.answer_key import ANSWER_KEY, KEY_COLUMNS, read_answer_key
from rehab_stats.extract.synthetic.scenarios import SCENARIOS as WORLDS

PARTS = REPOSITORY / "runs" / "calibration"
FOLDER = ANSWER_KEY.parent
SLICE = 1
"""Replicates of each scenario whose rows are kept: a test computes them again."""

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
Scenarios = Annotated[list[str] | None, typer.Option("--scenario", help="May be repeated; none: all.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes, one core each.")]
Out = Annotated[Path, typer.Option(help="Folder of the result.")]


@app.command()
def key(
    scenario: Scenarios = None,
    batches: Annotated[int, typer.Option(min=2, help="Batches a scenario.")] = BATCHES,
    persons: Annotated[int, typer.Option(min=1000, help="Persons a batch.")] = PERSONS,
    workers: Workers = 2,
    out: Out = FOLDER,
) -> None:
    """Write answer_key.csv: the limit of every analysis in every scenario."""
    scenarios = _known(scenario, list(WORLDS))
    parts = key_parts(scenarios, PARTS / fingerprint(), batches=batches, persons=persons)
    _complete(parts, workers, "answer key: batches")
    made, path = answer_key(read_parts(parts)), out / ANSWER_KEY.name
    out.mkdir(parents=True, exist_ok=True)
    if path.exists() and set(scenarios) != set(WORLDS):
        before = read_answer_key(path)
        made = pd.concat([before[~before["scenario"].isin(scenarios)], made], ignore_index=True)[list(KEY_COLUMNS)]
    write_key(made, path)
    print(f"{path}: {len(made):,} truths of {made['scenario'].nunique()} scenarios")


@app.command()
def run(
    scenario: Scenarios = None,
    replicates: Annotated[int, typer.Option(min=2, help="Extracts a scenario.")] = REPLICATES,
    workers: Workers = 2,
    out: Out = FOLDER,
) -> None:
    """Simulate, analyse and judge: writes calibration.csv, calibration.md and calibration_slice.csv."""
    scenarios = _known(scenario, list(SCENARIOS))
    truths = read_answer_key(out / ANSWER_KEY.name if (out / ANSWER_KEY.name).exists() else ANSWER_KEY)
    parts = replicate_parts(scenarios, PARTS / fingerprint(), replicates=replicates)
    _complete(parts, workers, "calibration: blocks of replicates")
    estimates = read_parts(parts)
    judged = judge(estimates, truths[truths["education_levels"] == 3], replicates=replicates)
    out.mkdir(parents=True, exist_ok=True)
    _write(judged, out / "calibration.csv", digits="%.10g")
    _write(estimates[estimates["replicate"] < SLICE], out / "calibration_slice.csv", digits="%.17g")
    (out / "calibration.md").write_text(calibration_markdown(judged, seed=SEED), encoding="utf-8")
    failing = int((judged["verdict"] == FAILS).sum())
    print(f"{out}: {len(judged):,} cells, {failing} fail; see calibration.md")


def _known(asked: Sequence[str] | None, known: list[str]) -> list[str]:
    """The scenarios asked for, in their own order; all when none is named."""
    unknown = [name for name in asked or () if name not in known]
    if unknown:
        print(f"no scenario {unknown[0]!r}; there are {', '.join(known)}", file=sys.stderr)
        raise typer.Exit(2)
    return [name for name in known if not asked or name in asked]


def _complete(parts: Sequence[Part], workers: int, what: str) -> None:
    """Compute what is missing: a bar on a terminal, a line at every twentieth of the way elsewhere."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task, said = bars.add_task(what, total=len(parts)), -1
        for done in complete(parts, workers=workers):
            bars.update(task, completed=done)
            if not console.is_terminal and (twentieth := 20 * done // len(parts)) > said:
                said = twentieth
                print(f"{what} {done} of {len(parts)}", file=sys.stderr, flush=True)


def _write(frame: pd.DataFrame, path: Path, *, digits: str) -> None:
    draft = path.with_suffix(".draft")
    frame.to_csv(draft, index=False, float_format=digits, lineterminator="\n", encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    app()
