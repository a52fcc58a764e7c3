"""Many notebooks, each in a process of its own: checked first, run side by side, put in place only when whole.

A run writes into a hidden folder beside its target, and its files are moved when the notebook has reached its end.
An interrupted, failed or killed run therefore leaves what was there before.
"""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rehab_stats.batch.execution import PROGRAM, Order, first_line
from rehab_stats.batch.jobs import Job, plan_jobs
from rehab_stats.batch.parameters import NOTEBOOKS, REPOSITORY, Notebook, ParameterError
from rehab_stats.batch.publishing import is_there, publish, store

Message = tuple["_Run", dict | None]


@dataclass(frozen=True)
class Outcome:
    """How far one notebook is, or how it ended.

    Attributes
    ----------
    notebook : str
    folder : Path
        Where its results are.
    status : str
        `started`, `cell` (one more cell has started), `step` (long work in a cell went on), and at the end `done`,
        `skipped` (an equal run is there already) or `failed`.
    message : str
        Of a failure: cell number, the cell's first line and the error.
    cell, cells : int
        Code cell that has started, and how many there are.
    done, total, what : int, int, str
        How far long work in the cell is, such as 340 of 2000 `draws`; 0 and empty without any.
    seconds : float
        Since the start.
    set_name : str
        Which of several sets of parameters.
    jobs : int
        How many notebooks and sets there are in the run.
    """

    notebook: str
    folder: Path
    status: str
    message: str = ""
    cell: int = 0
    cells: int = 0
    seconds: float = 0.0
    set_name: str = ""
    done: int = 0
    total: int = 0
    what: str = ""
    jobs: int = 0

    @property
    def label(self) -> str:
        """Notebook and, where there are several, set of parameters."""
        return f"{self.notebook} ({self.set_name})" if self.set_name else self.notebook


@dataclass
class _Run:
    """A job whose process is at work."""

    job: Job
    process: subprocess.Popen
    begun: float = field(default_factory=time.monotonic)
    cell: int = 0
    cells: int = 0
    done: int = 0
    total: int = 0
    what: str = ""
    error: str | None = "its process ended before the notebook did"
    jobs: int = 0

    def outcome(self, status: str, message: str = "") -> Outcome:
        seconds = time.monotonic() - self.begun
        job = self.job
        place, work = (self.cell, self.cells), (self.done, self.total, self.what)
        return Outcome(job.notebook.name, job.folder, status, message, *place, seconds, job.set_name, *work, self.jobs)


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
            skipped[position] = Outcome(job.notebook.name, job.folder, "skipped", set_name=job.set_name, jobs=len(jobs))
            report(skipped[position])
    rest = [job for position, job in enumerate(jobs) if position not in skipped]
    about = {"workers": workers, "cell_timeout": cell_timeout, "report": report, "total": len(jobs)}
    ended = iter(_run_jobs(rest, publish, **about))
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
    total: int = 0,
) -> list[Outcome]:
    """Run the jobs, at most `workers` at a time, and `finish` each that reached its end; outcomes in their order."""
    if workers < 1 or cell_timeout < 1:
        raise ParameterError(["workers and the seconds for a cell must be 1 or more"])
    waiting, running, outcomes = list(jobs), [], {}
    messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_start(waiting.pop(0), cell_timeout, messages))
                running[-1].jobs = total or len(jobs)
                report(running[-1].outcome("started"))
            run, message = messages.get()
            if message is None:
                running.remove(run)
                outcomes[run.job.notebook.name, run.job.folder] = outcome = _conclude(run, finish)
                report(outcome)
            elif "cell" in message:
                run.cell, run.cells = message["cell"], message["cells"]
                run.done, run.total, run.what = 0, 0, ""
                report(run.outcome("cell"))
            elif "done" in message:
                run.done, run.total, run.what = message["done"], message["total"], message["what"]
                report(run.outcome("step"))
            else:
                run.error = message["error"]
    finally:
        _stop(running)
    return [outcomes[job.notebook.name, job.folder] for job in jobs]


def _start(job: Job, cell_timeout: int, messages: queue.SimpleQueue[Message]) -> _Run:
    """Start a job's process, its staging folder empty and those of dead runs gone, and a thread that hears it."""
    for leftover in (job.staging, *job.abandoned):
        shutil.rmtree(leftover, ignore_errors=True)
    job.staging.mkdir(parents=True)
    order = Order(
        path=str(job.notebook.path),
        parameters=job.parameters if job.stored else job.parameters | {"output": str(job.staging)},
        staging=str(job.staging),
        folder=str(job.folder),
        cell_timeout=cell_timeout,
        page="" if job.stored else job.parameters.get("language", "en"),
    )
    # a session of its own: the terminal's Ctrl-C reaches only this process, which then ends the others in order
    process = subprocess.Popen(
        PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    run = _Run(job, process)
    with suppress(BrokenPipeError), process.stdin:
        process.stdin.write(json.dumps(asdict(order)))
    threading.Thread(target=_listen, args=(run, messages), daemon=True).start()
    return run


def _listen(run: _Run, messages: queue.SimpleQueue[Message]) -> None:
    """Pass on what a process says, and None when it has ended; a line cut short by its death says nothing."""
    try:
        with run.process.stdout as lines:
            for line in lines:
                with suppress(ValueError):
                    messages.put((run, json.loads(line)))
        run.process.wait()
    finally:
        messages.put((run, None))


def _conclude(run: _Run, finish: Callable[[Job], None]) -> Outcome:
    """Put the results of a run that ended well in place; take everything of any other away."""
    error = run.error
    if error is None:
        try:
            finish(run.job)
        except (OSError, ValueError) as problem:
            error = f"its results could not be put in place: {first_line(str(problem))}"
    elif run.process.returncode:
        error = f"cell {run.cell}: {error} (exit code {run.process.returncode})"
    shutil.rmtree(run.job.staging, ignore_errors=True)
    if error and run.job.set_name:
        with suppress(OSError):  # an earlier run's results may be there
            run.job.folder.rmdir()
    return run.outcome("done") if error is None else run.outcome("failed", error)


def _stop(running: Sequence[_Run]) -> None:
    """End processes, their kernels with them, and remove what they wrote so far."""
    for run in running:
        run.process.terminate()
    for run in running:
        try:
            run.process.wait(5)
        except subprocess.TimeoutExpired:
            run.process.kill()
            run.process.wait()
        shutil.rmtree(run.job.staging, ignore_errors=True)
