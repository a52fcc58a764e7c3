"""Many notebooks, each in a process of its own: checked first, run side by side, put in place only when whole.

A run writes into a hidden folder beside its target, and its files are moved when the notebook has reached its end.
An interrupted, failed or killed run therefore leaves what was there before.
"""

from __future__ import annotations

import multiprocessing
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from rehab_stats.execution import Order, first_line, fulfil
from rehab_stats.jobs import Job, plan_jobs
from rehab_stats.parameters import NOTEBOOKS, REPOSITORY, Notebook, ParameterError
from rehab_stats.publishing import is_there, publish, store


@dataclass(frozen=True)
class Outcome:
    """How far one notebook is, or how it ended.

    Attributes
    ----------
    notebook : str
    folder : Path
        Where its results are.
    status : str
        `started`, `cell` (one more cell has started), and at the end `done`, `skipped` (an equal run is there
        already) or `failed`.
    message : str
        Of a failure: cell number, the cell's first line and the error.
    cell, cells : int
        Code cell that has started, and how many there are.
    seconds : float
        Since the start.
    """

    notebook: str
    folder: Path
    status: str
    message: str = ""
    cell: int = 0
    cells: int = 0
    seconds: float = 0.0


@dataclass
class _Run:
    """A job whose process is at work."""

    job: Job
    process: Any
    pipe: Connection
    begun: float = field(default_factory=time.monotonic)
    cell: int = 0
    cells: int = 0
    error: str | None = "its process ended before the notebook did"

    def outcome(self, status: str, message: str = "") -> Outcome:
        seconds = time.monotonic() - self.begun
        return Outcome(self.job.notebook.name, self.job.folder, status, message, self.cell, self.cells, seconds)


def run_notebooks(
    names: Sequence[str] = (),
    parameters: Mapping[str, Any] | None = None,
    out: str | Path = "runs/default",
    *,
    workers: int = 2,
    resume: bool = False,
    cell_timeout: int = 600,
    on_progress: Callable[[Outcome], None] | None = None,
    registry: Mapping[str, Notebook] = NOTEBOOKS,
) -> list[Outcome]:
    """Run notebooks side by side, each with its parameters, into one folder.

    Whatever can be refused is refused before the first kernel starts. A notebook that fails does not stop the others.

    Parameters
    ----------
    names : sequence of str
        Notebooks; empty: all of the registry.
    parameters : mapping, optional
        `{notebook: {parameter: value}}`; `all` holds parameters for every chosen notebook that knows them. In place of
        one mapping a notebook may have a list of mappings, each with a `name`: its results go to a folder so named.
    out : str or Path
        Folder of the results: `<notebook>.ipynb`, `<notebook>.html`, `<notebook>.run.json`, `figures/`, `tables/`.
        Refused inside the repository when an extract is not synthetic.
    workers : int
        Processes at a time; results do not depend on it.
    resume : bool
        Skip what is there already from an equal run (parameters, notebook, code, pins, data) with unchanged results.
    cell_timeout : int
        Seconds that one cell may take.
    on_progress : callable, optional
        Called in this process with each step's Outcome.
    registry : mapping of str to Notebook

    Returns
    -------
    list of Outcome
        One per job, in the order of the jobs; `status` is `done`, `skipped` or `failed`.

    Raises
    ------
    ParameterError
        With every offence of every notebook.
    """
    jobs = plan_jobs(names, parameters or {}, out, registry=registry)
    report = on_progress or _unheard
    skipped = {}
    for position, job in enumerate(jobs):
        if resume and is_there(job):
            skipped[position] = Outcome(job.notebook.name, job.folder, "skipped")
            report(skipped[position])
    rest = [job for position, job in enumerate(jobs) if position not in skipped]
    ended = iter(_run_jobs(rest, publish, workers=workers, cell_timeout=cell_timeout, report=report))
    return [skipped.get(position) or next(ended) for position in range(len(jobs))]


def store_notebooks(
    names: Sequence[str] = (),
    *,
    workers: int = 2,
    cell_timeout: int = 120,
    on_progress: Callable[[Outcome], None] | None = None,
    registry: Mapping[str, Notebook] = NOTEBOOKS,
) -> list[Outcome]:
    """Execute notebooks with their defaults and store the outputs in the notebooks themselves.

    What Papermill adds, times, paths and versions are taken out, so a second call changes no byte. A notebook that
    fails stays as it was.

    Parameters
    ----------
    names : sequence of str
        Notebooks; empty: all of the registry.
    workers, cell_timeout, on_progress, registry
        As in `run_notebooks`.

    Returns
    -------
    list of Outcome
        `done` or `failed` for each notebook.

    Raises
    ------
    ParameterError
        When a notebook is unknown, or its parameters cell disagrees with its model.
    """
    planned = plan_jobs(names, {}, REPOSITORY, registry=registry)
    jobs = [Job(job.notebook, {}, job.notebook.path.parent, stored=True) for job in planned]
    return _run_jobs(jobs, store, workers=workers, cell_timeout=cell_timeout, report=on_progress or _unheard)


def _unheard(outcome: Outcome) -> None:
    """Progress that nobody asked for."""


# The pool: one process per notebook, so that one killed by the system takes no other with it


def _run_jobs(
    jobs: Sequence[Job],
    finish: Callable[[Job], None],
    *,
    workers: int,
    cell_timeout: int,
    report: Callable[[Outcome], None],
) -> list[Outcome]:
    """Run the jobs, at most `workers` at a time, and `finish` each that reached its end; outcomes in their order."""
    if workers < 1 or cell_timeout < 1:
        raise ParameterError(["workers and the seconds for a cell must be 1 or more"])
    waiting, running, outcomes = list(jobs), [], {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_start(waiting.pop(0), cell_timeout))
                report(running[-1].outcome("started"))
            ready = wait([run.pipe for run in running])
            for run in [run for run in running if run.pipe in ready]:
                if not _has_ended(run, report):
                    continue
                running.remove(run)
                outcomes[run.job.notebook.name, run.job.folder] = _conclude(run, finish)
                report(outcomes[run.job.notebook.name, run.job.folder])
    finally:
        for run in running:
            _stop(run)
    return [outcomes[job.notebook.name, job.folder] for job in jobs]


def _start(job: Job, cell_timeout: int) -> _Run:
    """Start a job's process with an empty staging folder."""
    shutil.rmtree(job.staging, ignore_errors=True)
    job.staging.mkdir(parents=True)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    order = Order(
        path=str(job.notebook.path),
        parameters=job.parameters if job.stored else job.parameters | {"output": str(job.staging)},
        staging=str(job.staging),
        folder=str(job.folder),
        cell_timeout=cell_timeout,
        page="" if job.stored else job.parameters.get("language", "en"),
    )
    process = context.Process(target=fulfil, args=(order, theirs), daemon=True)
    with _interrupts_stay_here():
        process.start()
    # ours then reads end of file as soon as the process is gone
    theirs.close()
    return _Run(job, process, ours)


@contextmanager
def _interrupts_stay_here() -> Iterator[None]:
    """Processes started inside ignore Ctrl-C: the terminal sends it to all, and this one ends the others."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _has_ended(run: _Run, report: Callable[[Outcome], None]) -> bool:
    """Take one message from a process; True when it has none left."""
    try:
        kind, *content = run.pipe.recv()
    except EOFError:
        run.process.join()
        return True
    if kind == "cell":
        run.cell, run.cells = content
        report(run.outcome("cell"))
    else:
        run.error = content[0]
    return False


def _conclude(run: _Run, finish: Callable[[Job], None]) -> Outcome:
    """Put the results of a run that ended well in place; take everything of any other away."""
    error = run.error
    if error is None:
        try:
            finish(run.job)
        except (OSError, ValueError) as problem:
            error = f"its results could not be put in place: {first_line(str(problem))}"
    elif run.process.exitcode:
        error = f"cell {run.cell}: {error} (exit code {run.process.exitcode})"
    shutil.rmtree(run.job.staging, ignore_errors=True)
    return run.outcome("done") if error is None else run.outcome("failed", error)


def _stop(run: _Run) -> None:
    """End a process, its kernel with it, and remove what it wrote so far."""
    run.process.terminate()
    run.process.join(5)
    if run.process.is_alive():
        run.process.kill()
        run.process.join()
    shutil.rmtree(run.job.staging, ignore_errors=True)
