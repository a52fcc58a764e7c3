"""The command line: rehab-stats check | pseudonymise | template | simulate | run | report.

Exit codes: 0 all well; 1 data refused or a notebook failed; 2 the command was not meant so; 130 interrupted.
Commands import what they need when they run: `--help` and a misspelt option should not wait for statistics to load.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from rehab_stats.batch.runner import Outcome

REFUSED, MISUSED, INTERRUPTED = 1, 2, 130
WORKERS = 2
NEXT = {
    "care_record": "rehab-stats check {out}",
    "half_year": "rehab-stats run 05 --parameters {out}/sheets.yaml --out ELSEWHERE",
}
"""Template -> the command that comes next."""
ENDED = ("done", "skipped", "failed")
WORDS = {"done": "done", "skipped": "there already", "failed": "failed"}
MANY = 4
"""More notebooks than this: the bars of those done give way."""
SCENARIOS = (
    "default, equal, reversed, dalton, systematic_department, selected_referral, no_shows, gap_in_access, "
    "graded_effect, forms_at_random, unseen_change, graded_giving or six_municipalities"
)
"""Typed here too, as `--help` imports nothing."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Does education decide who gets cancer rehabilitation, who turns up, and who gets better?",
)

ExtractFolder = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="Folder with the tables and extract.yaml, or its one workbook or database."),
]
Workers = Annotated[int, typer.Option(min=1, help="Notebooks at a time.")]
Timeout = Annotated[int, typer.Option(min=1, help="Seconds that one cell may take.")]


@app.command()
def check(
    folder: ExtractFolder,
    mapping: Annotated[Path | None, typer.Option(help="File that renames columns and translates values.")] = None,
) -> None:
    """Does an extract hold? Lists every offence, and the notebooks that it can run."""
    from rehab_stats.extract.files.reader import check_extract

    with _plain_refusals():
        found = check_extract(folder, mapping=mapping or "")
    console = Console()
    _print_rows(console, found.rows)
    for offences in (found.offences, found.findings):
        _print_offences(console, offences)
    for row in found.notebooks.itertuples():
        print(f"{row.notebook}: {'can run' if row.can_run else f'cannot run, {row.why}'}")
    if not found.ok:
        _refuse(f"{folder} breaks the contract in {_number(len(found.offences), 'way')}, listed above.")
    print(f"{folder} holds.")


@app.command()
def pseudonymise(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder with the tables, CPR numbers and all.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="New or empty folder for the tables without them.")],
    key_file: Annotated[
        Path, typer.Option(metavar="FILE", help="Secret key, 16 bytes or more; kept apart from the data, or destroyed.")
    ],
    mapping: Annotated[Path | None, typer.Option(help="File that renames columns and translates values.")] = None,
) -> None:
    """Replace every id of an extract by a keyed hash, the same one in every table."""
    from rehab_stats.extract.files.pseudonyms import SHORTEST_KEY, check_places, pseudonymise_folder

    with _plain_refusals():
        key = key_file.read_bytes().strip()
        if len(key) < SHORTEST_KEY:
            _misuse(f"{key_file} holds fewer than {SHORTEST_KEY} bytes, and short keys can be guessed")
        try:
            check_places(folder, out)
        except ValueError as error:
            _misuse(str(error))
        lines = pseudonymise_folder(folder, out, key=key, mapping=mapping or "")
    print(
        "\n".join([*lines, f"{out}: pseudonyms in place of ids. Dates and rare codes may still tell who somebody is."])
    )


@app.command()
def template(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the files, such as that of your tables.")],
    name: Annotated[str, typer.Option(help="Which template, care_record or half_year.")] = "care_record",
) -> None:
    """Copy commented files to begin with: mapping.yaml and extract.yaml, or (half_year) a grid of indicator sheets."""
    from rehab_stats.extract.files.templates import copy_template

    with _plain_refusals():
        try:
            files = copy_template(out, name=name)
        except ValueError as error:
            _misuse(str(error))
    print(f"{out}: {', '.join(file.name for file in files)}. Fill them in, then: {NEXT[name].format(out=out)}")


@app.command()
def simulate(
    scenario: Annotated[str, typer.Argument(help=f"What is planted: {SCENARIOS}.")],
    out: Annotated[Path, typer.Option(help="New or empty folder for the extract.")],
    n: Annotated[
        int | None, typer.Option(min=1, help="Persons after inclusion; None: as many as in the paper.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 2015,
) -> None:
    """Write an extract of invented persons."""
    import numpy as np

    from rehab_stats.extract.synthetic.simulate import simulate_extract, write_extract

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        _misuse(f"{out} is not empty, and nothing in it is overwritten: give a new folder")
    with _plain_refusals():
        try:
            extract = simulate_extract(scenario, n=n, rng=np.random.default_rng(seed))
        except ValueError as error:
            _misuse(str(error))
        write_extract(extract, out)
    print(f"{out}: {len(extract['persons']):,} invented persons, scenario {scenario}, seed {seed}")


@app.command()
def run(
    notebooks: Annotated[list[str] | None, typer.Argument(metavar="[NOTEBOOK]...", help="None: all of them.")] = None,
    extract: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Or its one workbook or database; none: the synthetic default. Its mapping.yaml is used.",
        ),
    ] = None,
    parameters: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML: {notebook: {parameter: value}}.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder of the results.")] = Path("runs/default"),
    workers: Workers = WORKERS,
    resume: Annotated[bool, typer.Option("--resume", help="Skip what an equal run has left there.")] = False,
    cell_timeout: Timeout = 600,
) -> None:
    """Run notebooks with parameters, figures and tables into one folder."""
    from rehab_stats.batch.jobs import read_parameter_file
    from rehab_stats.batch.runner import run_notebooks

    with _plain_refusals():
        settings = read_parameter_file(parameters) if parameters else {}
        if extract:
            common = settings.get("all") or {}
            settings["all"] = {**common, "extract": str(extract)} if isinstance(common, dict) else common
        with _progress() as on_progress:
            outcomes = run_notebooks(
                notebooks or (), settings, out, workers=workers, resume=resume, cell_timeout=cell_timeout,
                on_progress=on_progress,
            )  # fmt: skip
    _conclude(outcomes, f"Results in {out}")


@app.command()
def report(workers: Workers = WORKERS, cell_timeout: Timeout = 600) -> None:
    """Run every notebook with its defaults, then write figures/."""
    from rehab_stats.batch.parameters import REPOSITORY
    from rehab_stats.batch.publishing import write_figures
    from rehab_stats.batch.runner import run_notebooks

    out, figures = REPOSITORY / "runs" / "report", REPOSITORY / "figures"
    with _plain_refusals():
        with _progress() as on_progress:
            outcomes = run_notebooks((), {}, out, workers=workers, cell_timeout=cell_timeout, on_progress=on_progress)
        _conclude(outcomes, f"Notebooks and reading copies in {out}")
        changed = write_figures([outcome.folder / f"{outcome.notebook}.run.json" for outcome in outcomes], figures)
    print(f"Figures and tables in {figures}: {'written' if changed else 'as before, byte for byte'}")


@app.command(hidden=True)
def store(workers: Workers = WORKERS, cell_timeout: Timeout = 120) -> None:
    """Execute the repository's notebooks with their defaults and store the outputs in them (make notebooks)."""
    from rehab_stats.batch.runner import store_notebooks

    with _plain_refusals(), _progress() as on_progress:
        outcomes = store_notebooks(workers=workers, cell_timeout=cell_timeout, on_progress=on_progress)
    _conclude(outcomes, "Outputs stored in notebooks/")


# Refusals: one clear sentence each, never a traceback


def _refuse(sentence: str, code: int = REFUSED) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(code)


def _misuse(sentence: str) -> NoReturn:
    _refuse(sentence, MISUSED)


@contextmanager
def _plain_refusals() -> Iterator[None]:
    """Errors of the user as sentences; an end by the system like one by Ctrl-C, so that processes are ended too."""
    from rehab_stats.batch.parameters import ParameterError
    from rehab_stats.extract.contract import ContractError

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except ParameterError as error:
        _misuse(str(error))
    except (ContractError, ValueError) as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"{error.filename or 'a file'}: {error.strerror or error}")
    except KeyboardInterrupt:
        _refuse("Interrupted: what was finished stays, nothing half-written is left.", INTERRUPTED)
    finally:
        signal.signal(signal.SIGTERM, before)


def _conclude(outcomes: Sequence[Outcome], sentence: str) -> None:
    """The closing sentence, or what failed and a non-zero exit."""
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if failed:
        lines = [f"{outcome.label}: {outcome.message}" for outcome in failed]
        _refuse("\n".join([f"{_number(len(failed), 'notebook')} of {len(outcomes)} failed:", *lines]))
    print(sentence)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


# Showing


@contextmanager
def _progress() -> Iterator[Callable[[Outcome], None]]:
    """Bars on a terminal, a line per start and end elsewhere; with several notebooks how many have ended, in all."""
    console = Console(stderr=True)
    tally = _Tally()
    if not console.is_terminal:

        def say(outcome: Outcome) -> None:
            tally.count(outcome)
            if outcome.status not in ("cell", "step"):
                print(_line(outcome), file=sys.stderr, flush=True)

        yield say
        if tally.several:
            print(tally.words, file=sys.stderr, flush=True)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[tuple[str, Path], int] = {}

        def show(outcome: Outcome) -> None:
            tally.count(outcome)
            if tally.several:
                whole = ("", Path())
                if whole not in tasks:
                    tasks[whole] = bars.add_task("", total=outcome.jobs)
                bars.update(tasks[whole], completed=tally.ended, description=tally.words)
            place = (outcome.notebook, outcome.folder)
            if place not in tasks:
                tasks[place] = bars.add_task(outcome.label, total=None)
            ended = outcome.status in ENDED
            # a cell that has started is not yet a cell done
            part = outcome.done / outcome.total if outcome.total else 0
            completed = (outcome.cells or 1) if ended else max(outcome.cell - 1, 0) + part
            total = (outcome.cells or 1) if ended else outcome.cells or None
            # of many, those that went well would fill the screen
            visible = not (outcome.status in ("done", "skipped") and outcome.jobs > MANY)
            bars.update(tasks[place], total=total, completed=completed, description=_line(outcome), visible=visible)
            if ended:
                bars.stop_task(tasks[place])

        yield show


class _Tally:
    """How many notebooks of a run have ended, and how."""

    def __init__(self) -> None:
        self.jobs = 0
        self.counts = dict.fromkeys(ENDED, 0)

    def count(self, outcome: Outcome) -> None:
        self.jobs = outcome.jobs
        if outcome.status in self.counts:
            self.counts[outcome.status] += 1

    @property
    def several(self) -> bool:
        return self.jobs > 1

    @property
    def ended(self) -> int:
        return sum(self.counts.values())

    @property
    def words(self) -> str:
        """`3 of 24 ended: 2 done, 1 failed`."""
        said = [f"{count} {WORDS[status]}" for status, count in self.counts.items() if count]
        return f"{self.ended} of {self.jobs} ended{': ' if said else ''}{', '.join(said)}"


def _line(outcome: Outcome) -> str:
    """One step in words."""
    words = {
        "started": "started",
        "cell": f"cell {outcome.cell} of {outcome.cells}",
        "step": f"cell {outcome.cell} of {outcome.cells}, {outcome.done:,} of {outcome.total:,} {outcome.what}",
        "done": f"done in {outcome.seconds:.0f} s",
        "skipped": "there already",
        "failed": f"failed: {outcome.message}",
    }
    return f"{outcome.label}: {words[outcome.status]}"


def _print_rows(console: Console, counts: dict[str, int]) -> None:
    table = Table("table", "rows", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    console.print(table)


def _print_offences(console: Console, offences: pd.DataFrame) -> None:
    for row in offences.itertuples():
        place = "".join(f"{part}." for part in (row.table, row.column) if part).removesuffix(".")
        rows = (
            f", rows {', '.join(map(str, row.rows))}{' ...' if row.count > len(row.rows) else ''}" if row.rows else ""
        )
        text = ": ".join(part for part in (row.severity, place, row.message) if part)
        console.print(f"{text} [{row.rule}: {row.count:,}{rows}]", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    app()
