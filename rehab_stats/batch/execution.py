"""One notebook, run once: Papermill executes it, and what differs between two equal runs is taken out.

Only this module knows Papermill's and nbconvert's ways. A run is judged by the exception it raises: the file that
Papermill saves calls every cell completed even when the kernel died.

A batch run starts this file as a program, once for each notebook: it reads an Order from standard input and writes one
line of JSON for each cell that starts and for the end. As a program it does not import the package, whose statistics
only the kernel needs.
"""

from __future__ import annotations

import html
import json
import logging
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters import HTMLExporter
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

# -P: modules of this folder must not hide those of Python
PROGRAM = (sys.executable, "-P", __file__)
ENGINE = "rehab_stats"
# Without it the kernel prints a line about unencrypted TCP at each start.
TRANSPORT = {"KernelManager": {"transport_encryption": "auto"}}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
INJECTED = "injected-parameters"
PROGRESS = "REHAB_STATS_PROGRESS"
"""Environment variable: the file in which long work in the kernel says how far it is (rehab_stats/progress.py)."""
LOOK_EVERY = 0.5  # seconds
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: "DejaVu Sans", Verdana, sans-serif; line-height: 1.5; color: #222;
       max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; font-size: 0.9rem; }}
th, td {{ padding: 0.2rem 0.7rem; text-align: left; border: 0; border-bottom: 1px solid #ddd; }}
pre {{ white-space: pre-wrap; }}
img, svg {{ max-width: 100%; height: auto; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


class NotebookFailure(RuntimeError):
    """A notebook did not run to its end.

    Parameters
    ----------
    cell : int
        Number of the code cell, counted from 1 in the notebook as stored; 0 when none had started.
    line : str
        First line of the cell's source.
    error : str
        What went wrong, in one line.
    """

    def __init__(self, cell: int, line: str, error: str) -> None:
        self.cell, self.line, self.error = cell, line, error
        place = f"cell {cell} ({line})" if cell else "before its first cell"
        super().__init__(f"{place}: {error}")


@dataclass(frozen=True)
class Order:
    """What a process of a batch run is asked to do, in values that JSON can carry.

    Attributes
    ----------
    path : str
        The notebook.
    parameters : dict
        Injected below its parameters cell.
    staging : str
        Existing folder for the executed notebook and its reading copy.
    folder : str
        Where the results will be: written in place of `staging` in the executed notebook.
    cell_timeout : int
        Seconds that one cell may take.
    page : str
        Language of the reading copy; empty: none is made.
    """

    path: str
    parameters: dict[str, Any]
    staging: str
    folder: str
    cell_timeout: int
    page: str


class _ReportingEngine(NBClientEngine):
    """Papermill's own engine, which also says which cell it starts."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, on_cell: Callable, **options: Any) -> Any:
        start = nb_man.cell_start

        def cell_start(cell: Any, cell_index: int | None = None, **more: Any) -> None:
            on_cell(nb_man.nb, cell_index)
            start(cell, cell_index, **more)

        nb_man.cell_start = cell_start
        return super().execute_managed_notebook(nb_man, kernel_name, **options)


def execute(
    path: Path,
    *,
    parameters: Mapping[str, Any],
    cell_timeout: int,
    on_cell: Callable[[int, int], None] | None = None,
) -> nbformat.NotebookNode:
    """Run a notebook in a kernel of its own, in the notebook's folder.

    Parameters
    ----------
    path : Path
        The notebook; it is not changed.
    parameters : mapping of str to object
        Injected below the parameters cell; none injected when empty.
    cell_timeout : int
        Seconds that one cell may take.
    on_cell : callable, optional
        Called as `on_cell(cell, cells)`, code cells counted from 1, when a code cell starts.

    Returns
    -------
    nbformat.NotebookNode
        The executed notebook without Papermill's metadata, times and versions: two equal runs give equal notebooks.

    Raises
    ------
    NotebookFailure
        When a cell raises or takes too long, or the kernel dies; names the cell.
    """
    place = {"cell": 0, "line": ""}

    def note(notebook: nbformat.NotebookNode, index: int) -> None:
        if notebook.cells[index].cell_type != "code" or _is_injected(notebook.cells[index]):
            return
        own = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and not _is_injected(cell)]
        place.update(cell=own.index(index) + 1, line=first_line(notebook.cells[index].source))
        if on_cell:
            on_cell(place["cell"], len(own))

    # Papermill and nbclient log what is raised here as well
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    papermill_engines.register(ENGINE, _ReportingEngine)
    try:
        executed = papermill.execute_notebook(
            str(path), None, parameters=dict(parameters), engine_name=ENGINE, progress_bar=False, cwd=str(path.parent),
            execution_timeout=cell_timeout, config=Config(TRANSPORT), coalesce_streams=True, on_cell=note,
        )  # fmt: skip
    except PapermillExecutionError as error:
        raise NotebookFailure(**place, error=f"{error.ename}: {first_line(error.evalue)}") from None
    except CellTimeoutError:
        raise NotebookFailure(**place, error=f"took longer than {cell_timeout} seconds") from None
    except DeadKernelError:
        raise NotebookFailure(**place, error="the kernel died (out of memory, or ended by the system)") from None
    except (RuntimeError, OSError, nbformat.ValidationError, nbformat.reader.NotJSONError) as error:
        raise NotebookFailure(**place, error=f"{type(error).__name__}: {first_line(str(error))}") from None
    return without_traces(executed)


def _is_injected(cell: Mapping[str, Any]) -> bool:
    return INJECTED in cell["metadata"].get("tags", [])


def first_line(text: str) -> str:
    """First line of a text that holds more than blanks, stripped; at most 500 characters.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0][:500] if lines else ""


def without_traces(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy without what changes from run to run: Papermill's metadata, times, the Python version.

    Tags stay (also `parameters`), and so do cell ids, counts and outputs.

    Parameters
    ----------
    notebook : nbformat.NotebookNode

    Returns
    -------
    nbformat.NotebookNode
    """
    clean = nbformat.from_dict(notebook)
    clean.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})
    for cell in clean.cells:
        if _is_injected(cell):
            cell.id = INJECTED
        cell.metadata = nbformat.from_dict({"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {})
    return clean


def write_notebook(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook as UTF-8 with a closing newline.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    path : Path
    """
    path.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8")


def reading_copy(notebook: nbformat.NotebookNode, *, title: str, language: str = "en") -> str:
    """A page of a notebook's texts and outputs, without code and without anything fetched from elsewhere.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        An executed notebook.
    title : str
        The page's title.
    language : str
        Language of the page's findings.

    Returns
    -------
    str
        HTML that stands alone.
    """
    exporter = HTMLExporter(
        template_name="basic", exclude_input=True, exclude_input_prompt=True, exclude_output_prompt=True,
        exclude_anchor_links=True,
    )  # fmt: skip
    with warnings.catch_warnings():
        # nbconvert asks for alt text on every image; figures carry theirs in the caption below them
        warnings.filterwarnings("ignore", message="Alternative text is missing")
        body, _ = exporter.from_notebook_node(notebook)
    return PAGE.format(title=html.escape(title), language=language, body=body)


def fulfil(order: Order, *, says: TextIO) -> None:
    """Run a notebook and write its results.

    Parameters
    ----------
    order : Order
    says : text stream
        Receives `{"cell": number, "cells": how many}` for each code cell that starts, `{"done": steps, "total": how
        many, "what": of what}` while long work in a cell goes on, and at last `{"error": null}`, or what went wrong in
        place of null.
    """
    lock = threading.Lock()

    def say(**message: Any) -> None:
        with lock:
            print(json.dumps(message), file=says, flush=True)

    with _watched(say):
        _fulfil(order, say)


@contextmanager
def _watched(say: Callable[..., None]) -> Iterator[None]:
    """Passes on how far long work in the kernel is, from the file that the kernel's environment names."""
    with tempfile.TemporaryDirectory() as folder:
        path, ended = Path(folder) / "progress.json", threading.Event()
        os.environ[PROGRESS] = str(path)

        def look() -> None:
            said = None
            while not ended.wait(LOOK_EVERY):
                with suppress(OSError, ValueError):
                    found = json.loads(path.read_text(encoding="utf-8"))
                    if found != said:
                        said = found
                        say(**found)

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()
            del os.environ[PROGRESS]


def _fulfil(order: Order, say: Callable[..., None]) -> None:
    try:
        _write_results(order, lambda cell, cells: say(cell=cell, cells=cells))
    except NotebookFailure as failure:
        say(error=str(failure))
    except Exception as error:
        say(error=f"{type(error).__name__}: {first_line(str(error))}")
    else:
        say(error=None)


def _write_results(order: Order, on_cell: Callable[[int, int], None]) -> None:
    path, staging = Path(order.path), Path(order.staging)
    notebook = execute(path, parameters=order.parameters, cell_timeout=order.cell_timeout, on_cell=on_cell)
    for cell in notebook.cells:
        if _is_injected(cell):
            cell.source = cell.source.replace(order.staging, order.folder)
    write_notebook(notebook, staging / path.name)
    if order.page:
        page = reading_copy(notebook, title=path.stem, language=order.page)
        (staging / f"{path.stem}.html").write_text(page, encoding="utf-8")


def main() -> None:
    """Fulfil the Order on standard input."""
    # more threads than processors slow all notebooks down, and their number can change last digits
    for name in THREADS:
        os.environ.setdefault(name, "1")
    # kernels inherit standard output, and what they print there is no message
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as says:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        fulfil(Order(**json.load(sys.stdin)), says=says)


if __name__ == "__main__":
    main()
