"""The long studies: python -m rehab_stats.calibrate key | run. Both take up where they were interrupted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from rehab_stats.calibrate.analyses import Study
from rehab_stats.calibrate.answer_keys import BATCHES, PERSONS, answer_key, key_parts, write_key
from rehab_stats.calibrate.judgement import FAILS, judge
from rehab_stats.calibrate.parts import REPOSITORY, SEED, Part, complete, fingerprint, read_parts
from rehab_stats.calibrate.replicates import REPLICATES, replicate_parts
from rehab_stats.calibrate.studies import STUDIES
from rehab_stats.calibrate.summary import calibration_markdown
from rehab_stats.extract.synthetic.answer_key import ANSWER_KEY, KEY_COLUMNS, read_answer_key
from rehab_stats.extract.synthetic.scenarios import SCENARIOS

PARTS = REPOSITORY / "runs" / "calibration"
FOLDER = ANSWER_KEY.parent
SLICE = 1
"""Replicates of each scenario whose rows are kept: a test computes them again."""

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
Studies = Annotated[list[str] | None, typer.Option("--study", help="May be repeated; none: all.")]
Scenarios = Annotated[list[str] | None, typer.Option("--scenario", help="May be repeated; none: all of each study.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes, one core each.")]
Out = Annotated[Path, typer.Option(help="Folder of the result.")]


@app.command()
def key(
    study: Studies = None,
    scenario: Scenarios = None,
    batches: Annotated[int, typer.Option(min=2, help="Batches a scenario.")] = BATCHES,
    persons: Annotated[int, typer.Option(min=1000, help="Persons a batch.")] = PERSONS,
    workers: Workers = 2,
    out: Out = FOLDER,
) -> None:
    """Write answer_key.csv: the limit of every analysis in every scenario. Rows not asked for stay as they are."""
    path, folder = out / ANSWER_KEY.name, PARTS / fingerprint()
    for asked, scenarios in _asked(study, scenario, lambda known: known.worlds):
        parts = key_parts(asked.name, scenarios, folder, batches=batches, persons=persons)
        _complete(parts, workers, f"answer key of {asked.name}: batches")
        made = answer_key(read_parts(parts))
        out.mkdir(parents=True, exist_ok=True)
        before = read_answer_key(path) if path.exists() else made.iloc[:0]
        write_key(_with_rows(before, made, asked, scenarios), path)
        print(f"{path}: {len(made):,} truths of {asked.name} in {made['scenario'].nunique()} scenarios")


@app.command()
def run(
    study: Studies = None,
    scenario: Scenarios = None,
    replicates: Annotated[int, typer.Option(min=2, help="Extracts a scenario.")] = REPLICATES,
    fewer: Annotated[list[str] | None, typer.Option(help="SCENARIO=NUMBER: fewer extracts of this one.")] = None,
    workers: Workers = 2,
    out: Out = FOLDER,
) -> None:
    """Simulate, analyse and judge: writes calibration.csv, .md and _slice.csv; further studies have names of their own.

    A study that has none of the scenarios asked for is passed over.
    """
    folder = PARTS / fingerprint()
    truths = read_answer_key(out / ANSWER_KEY.name if (out / ANSWER_KEY.name).exists() else ANSWER_KEY)
    others = _numbers(fewer)
    for asked, scenarios in _asked(study, scenario, lambda known: known.scenarios):
        numbers = {name: min(others.get(name, replicates), replicates) for name in scenarios}
        parts = []
        for number in dict.fromkeys(numbers.values()):
            alike = [name for name in scenarios if numbers[name] == number]
            parts += replicate_parts(asked.name, alike, folder, replicates=number)
        _complete(parts, workers, f"calibration of {asked.name}: blocks of replicates")
        estimates = read_parts(parts)
        alike = truths["education_levels"] == asked.education_levels
        judged = judge(estimates, truths[alike & truths["population"].isin(asked.populations)], replicates=numbers)
        out.mkdir(parents=True, exist_ok=True)
        _write(judged, out / f"{asked.file}.csv", digits="%.10g")
        _write(estimates[estimates["replicate"] < SLICE], out / f"{asked.file}_slice.csv", digits="%.17g")
        (out / f"{asked.file}.md").write_text(calibration_markdown(judged, asked, seed=SEED), encoding="utf-8")
        failing = int((judged["verdict"] == FAILS).sum())
        print(f"{out}: {len(judged):,} cells of {asked.name}, {failing} fail; see {asked.file}.md")


def _asked(
    studies: Sequence[str] | None, scenarios: Sequence[str] | None, of: Callable[[Study], Sequence[str]]
) -> list[tuple[Study, list[str]]]:
    """The studies asked for, each with its scenarios asked for; all where none is named."""
    chosen = [STUDIES[name] for name in _known("study", studies, list(STUDIES))]
    theirs = {scenario for study in chosen for scenario in of(study)}
    wanted = _known("scenario", scenarios, [scenario for scenario in SCENARIOS if scenario in theirs])
    pairs = [(study, [scenario for scenario in of(study) if scenario in wanted]) for study in chosen]
    return [(study, own) for study, own in pairs if own]


def _numbers(fewer: Sequence[str] | None) -> dict[str, int]:
    """Scenario -> its number of extracts, from SCENARIO=NUMBER."""
    found = {}
    for text in fewer or ():
        name, _, number = text.partition("=")
        if name not in SCENARIOS or not number.isdecimal() or int(number) < 2:
            print(f"--fewer is SCENARIO=NUMBER, a number of at least 2; got {text!r}", file=sys.stderr)
            raise typer.Exit(2)
        found[name] = int(number)
    return found


def _known(what: str, asked: Sequence[str] | None, known: list[str]) -> list[str]:
    """Those asked for, in their own order; all when none is named."""
    unknown = [name for name in asked or () if name not in known]
    if unknown:
        print(f"no {what} {unknown[0]!r}; there are {', '.join(known)}", file=sys.stderr)
        raise typer.Exit(2)
    return [name for name in known if not asked or name in asked]


def _with_rows(before: pd.DataFrame, made: pd.DataFrame, study: Study, scenarios: Sequence[str]) -> pd.DataFrame:
    """The key with these rows of a study in place of those it had, in the order of `STUDIES` and their worlds."""
    replaced = before["population"].isin(study.populations) & before["scenario"].isin(scenarios)
    rows = pd.concat([before[~replaced], made], ignore_index=True)
    studies = {population: place for place, known in enumerate(STUDIES.values()) for population in known.populations}
    worlds = {scenario: place for place, scenario in enumerate(SCENARIOS)}
    order = np.lexsort([rows["scenario"].map(worlds), rows["population"].map(studies)])
    return rows.iloc[order][list(KEY_COLUMNS)]


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
