"""How far long work has come: a bar on a terminal, a file that a batch run reads, and otherwise nothing.

Notebooks stay silent, since what a cell prints is stored and compared.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

FILE = "REHAB_STATS_PROGRESS"
"""Environment variable: the file in which a batch run looks."""
EVERY = 0.3  # seconds


@contextmanager
def counting(total: int, what: str) -> Iterator[Callable[[], None]]:
    """Yields what is to be called after each of `total` steps, from any thread.

    Parameters
    ----------
    total : int
    what : str
        Plural of what is done, such as `draws`.
    """
    path = os.environ.get(FILE)
    if path:
        with _throttled(lambda done: _write(Path(path), done, total, what), total) as step:
            yield step
    elif sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            task = bars.add_task(what, total=total)
            with _throttled(lambda done: bars.update(task, completed=done), total) as step:
                yield step
    else:
        yield _nothing


def _nothing() -> None:
    """Nobody is looking."""


@contextmanager
def _throttled(show: Callable[[int], None], total: int) -> Iterator[Callable[[], None]]:
    """Calls `show` with the number of steps done, seldom enough to cost nothing."""
    lock, done, shown = threading.Lock(), 0, 0.0

    def step() -> None:
        nonlocal done, shown
        with lock:
            done += 1
            now = time.monotonic()
            if done == total or now - shown > EVERY:
                shown = now
                show(done)

    yield step


def _write(path: Path, done: int, total: int, what: str) -> None:
    """Whole or not at all: the reader is another process. A file that cannot be written is no reason to stop."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps({"done": done, "total": total, "what": what}), encoding="utf-8")
        draft.replace(path)
    except OSError:
        return
