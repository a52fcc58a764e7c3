"""The notebooks as files: everything has run, nothing escapes nbval, nothing of this machine is kept, all is readable.

Each check takes a notebook and gives sentences, none when it is in order; each is tried on a broken notebook below.
"""

from __future__ import annotations

import ast
import io
import re
import statistics
import tokenize
from pathlib import Path

import nbformat
import pytest

from rehab_stats.batch.parameters import NOTEBOOKS, CommonParameters, Notebook, parameters_cell_offences

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))

MOST_CELLS, MOST_LINES, MEDIAN_LINES = 28, 15, 5
MOST_PARAMETERS = 22
"""The parameters cell has a line for each of them."""
LITERAL_TYPES = {"int", "float", "bool", "str", "list", "dict"}
# nbval then runs a cell without comparing it, or not at all
BLINDING_TAGS = {"nbval-skip", "nbval-raises-exception", "raises-exception", "skip-execution"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|Users|tmp|usr|opt|var|private|mnt)/|[A-Z]:\\\\?Users")


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def unrun_cells(notebook: nbformat.NotebookNode) -> list[str]:
    """Counts other than 1, 2, 3 ... mean cells that did not run, or not from top to bottom; errors are not results."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    offences = [] if counts == list(range(1, len(counts) + 1)) and counts else [f"cells were run as {counts}"]
    for number, cell in enumerate(code_cells(notebook), start=1):
        offences += [f"cell {number} stores an error" for output in cell.outputs if output.output_type == "error"]
    return offences


def uncompared_cells(notebook: nbformat.NotebookNode) -> list[str]:
    """Tags and marks that keep nbval from comparing; only the last cell, versions and checksums, may differ."""
    offences = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        last = number == len(code_cells(notebook))
        offences += [f"cell {number} is tagged {tag}" for tag in sorted(tags(cell) & BLINDING_TAGS)]
        if "NBVAL" in cell.source.upper():
            offences.append(f"cell {number} speaks to nbval in a comment")
        if cell.source.rstrip().endswith(";"):
            offences.append(f"cell {number} ends in a semicolon, which nbval does not hide")
        if last != ("nbval-ignore-output" in tags(cell)):
            offences.append(f"cell {number} {'lacks the tag' if last else 'is tagged'} nbval-ignore-output")
    return offences


def unshown_figures(notebook: nbformat.NotebookNode) -> list[str]:
    """Cells that draw must store exactly one picture: nbval would compare nothing with nothing."""
    offences = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        pictures = sum("image/png" in output.get("data", {}) for output in cell.outputs)
        wanted = 1 if re.search(r"= plot_\w+\(", cell.source) else 0
        if pictures != wanted:
            offences.append(f"cell {number} draws {wanted} and stores {pictures} pictures")
    return offences


def long_cells(notebook: nbformat.NotebookNode) -> list[str]:
    """Too many cells, a cell too long, or cells long as a rule."""
    lengths = [cell_length(cell.source) for cell in code_cells(notebook)]
    most = [
        MOST_PARAMETERS if "parameters" in cell.metadata.get("tags", []) else MOST_LINES
        for cell in code_cells(notebook)
    ]
    offences = [
        f"cell {number} has {length} lines"
        for number, (length, allowed) in enumerate(zip(lengths, most, strict=True), start=1)
        if length > allowed
    ]
    if len(lengths) > MOST_CELLS:
        offences.append(f"{len(lengths)} code cells")
    if lengths and statistics.median(lengths) > MEDIAN_LINES:
        offences.append(f"the median cell has {statistics.median(lengths)} lines")
    return offences


def cell_length(source: str) -> int:
    """Lines that are not blank; an import counts as one, however many lines the formatter spreads it over."""
    lines = sum(bool(line.strip()) for line in source.splitlines())
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return lines
    spread = [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)]
    return lines - sum(node.end_lineno - node.lineno for node in spread)


def unplain_code(notebook: nbformat.NotebookNode) -> list[str]:
    """Functions, classes and try belong in the package; magics and shell lines are not Python."""
    unwanted = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Try, ast.TryStar)
    offences = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        try:
            nodes = list(ast.walk(ast.parse(cell.source)))
        except SyntaxError:
            offences.append(f"cell {number} is not plain Python")
            continue
        offences += [f"cell {number} holds a {type(node).__name__}" for node in nodes if isinstance(node, unwanted)]
    return offences


def loose_parameters(notebook: nbformat.NotebookNode) -> list[str]:
    """The first code cell alone is tagged; each line is `name: type = literal  # what it means, with its unit`."""
    tagged = [number for number, cell in enumerate(code_cells(notebook), start=1) if "parameters" in tags(cell)]
    if tagged != [1]:
        return [f"cells {tagged} are tagged parameters, not the first code cell"]
    source = code_cells(notebook)[0].source
    readline = io.StringIO(source).readline
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(readline)
        if token.type == tokenize.COMMENT
    }
    offences = []
    for statement in ast.parse(source).body:
        if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)):
            offences.append(f"parameters cell, line {statement.lineno}: not `name: type = value`")
            continue
        name = statement.target.id
        if not isinstance(statement.annotation, ast.Name) or statement.annotation.id not in LITERAL_TYPES:
            offences.append(f"{name} is of type {ast.unparse(statement.annotation)}")
        if not is_literal(statement.value):
            offences.append(f"{name} is not a literal")
        elif "#" in ast.unparse(statement.value):
            offences.append(f"{name} has a # inside its value, which Papermill takes for a comment")
        if not comments.get(statement.end_lineno):
            offences.append(f"{name} is not explained")
    return offences


def is_literal(node: ast.expr | None) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True


def machine_traces(notebook: nbformat.NotebookNode) -> list[str]:
    """Paths of a machine, and what Papermill and Jupyter leave behind."""
    texts = [cell.source for cell in notebook.cells]
    for cell in code_cells(notebook):
        for output in cell.outputs:
            # pictures are base64, in which anything may look like a path
            data = {
                kind: text for kind, text in output.get("data", {}).items() if kind not in ("image/png", "image/jpeg")
            }
            texts += [*map(str, data.values()), str(output.get("text", ""))]
    places = (MACHINE_PATH.pattern, re.escape(str(FOLDER.parent)), re.escape(str(Path.home())) + r"/")
    found = {match.group() for text in texts for match in re.finditer("|".join(places), text)}
    offences = [f"stores the path {path}" for path in sorted(found)]
    offences += [f"metadata hold {key}" for key in sorted(set(notebook.metadata) - {"kernelspec", "language_info"})]
    for number, cell in enumerate(notebook.cells, start=1):
        offences += [f"cell {number} of all holds metadata {key}" for key in sorted(set(cell.metadata) - {"tags"})]
        if "injected-parameters" in tags(cell):
            offences.append(f"cell {number} of all was injected by Papermill")
    return offences


def unfamiliar_frame(notebook: nbformat.NotebookNode) -> list[str]:
    """Papermill asks for the kernel `python3`; nbformat 4.5 keeps the cells' ids, else they change with each save."""
    offences = []
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        offences.append("its kernel is not python3")
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        offences.append(f"format {notebook.nbformat}.{notebook.nbformat_minor} instead of 4.5")
    if not notebook.cells or notebook.cells[0].cell_type != "markdown" or not notebook.cells[0].source.startswith("# "):
        offences.append("it does not open with its question as a heading")
    return offences


CHECKS = (
    unrun_cells,
    uncompared_cells,
    unshown_figures,
    long_cells,
    unplain_code,
    loose_parameters,
    machine_traces,
    unfamiliar_frame,
)


# the repository's notebooks


def test_each_registered_notebook_is_there_and_no_other():
    assert [path.stem for path in PATHS] == sorted(NOTEBOOKS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_notebook_in_order(path, check):
    assert check(nbformat.read(path, as_version=nbformat.NO_CONVERT)) == []


@pytest.mark.parametrize("name", sorted(NOTEBOOKS))
def test_parameters_cell_equals_model(name):
    assert parameters_cell_offences(NOTEBOOKS[name]) == []


# the checks themselves

GOOD_PARAMETERS = """extract: str = ""  # folder of the extract, empty for the default
output: str = ""  # folder for figures, empty to write nothing
language: str = "en"  # en or da
seed: int = 2015  # of everything random"""


def good_notebook() -> nbformat.NotebookNode:
    """A notebook with which nothing is wrong."""
    sources = (GOOD_PARAMETERS, "import rehab_stats", "1 + 1", "rehab_stats.__name__")
    cells = [nbformat.v4.new_markdown_cell("# Who is referred?", id="question")]
    for count, source in enumerate(sources, start=1):
        cells.append(nbformat.v4.new_code_cell(source, execution_count=count, id=f"cell-{count}"))
    cells[1].metadata["tags"] = ["parameters"]
    cells[3].outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=3)]
    cells[4].metadata["tags"] = ["nbval-ignore-output"]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_good_notebook_passes(check):
    assert check(good_notebook()) == []


def broken(cell: int, **changes) -> nbformat.NotebookNode:
    notebook = good_notebook()
    for name, value in changes.items():
        setattr(notebook.cells[cell], name, value)
    return notebook


ERROR = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
PICTURE = nbformat.v4.new_output("display_data", {"image/png": "aGk="})
SHOWN_PATH = nbformat.v4.new_output("stream", text="/home/someone/data.csv")


@pytest.mark.parametrize(
    ("check", "cell", "changes", "said"),
    [
        (unrun_cells, 2, {"execution_count": None}, "run as"),
        (unrun_cells, 2, {"execution_count": 5}, "run as"),
        (unrun_cells, 3, {"outputs": [ERROR]}, "stores an error"),
        (uncompared_cells, 3, {"metadata": nbformat.from_dict({"tags": ["nbval-skip"]})}, "tagged nbval-skip"),
        (uncompared_cells, 3, {"metadata": nbformat.from_dict({"tags": ["nbval-ignore-output"]})}, "is tagged"),
        (uncompared_cells, 4, {"metadata": nbformat.from_dict({})}, "lacks the tag"),
        (uncompared_cells, 3, {"source": "# NBVAL_IGNORE_OUTPUT\n1 + 1"}, "comment"),
        (uncompared_cells, 3, {"source": "1 + 1;"}, "semicolon"),
        (unshown_figures, 3, {"source": "ax = plot_flow(flow)"}, "draws 1 and stores 0 pictures"),
        (unshown_figures, 3, {"outputs": [PICTURE]}, "draws 0 and stores 1 pictures"),
        (long_cells, 3, {"source": "1\n" * 16}, "has 16 lines"),
        (unplain_code, 3, {"source": "def f():\n    pass"}, "FunctionDef"),
        (unplain_code, 3, {"source": "try:\n    1\nexcept ValueError:\n    2"}, "Try"),
        (unplain_code, 3, {"source": "%pip install x"}, "not plain Python"),
        (loose_parameters, 1, {"metadata": nbformat.from_dict({})}, "tagged parameters"),
        (loose_parameters, 1, {"source": "seed = 2015  # seed"}, "not `name: type = value`"),
        (loose_parameters, 1, {"source": "seed: int = 2000 + len('abc')  # seed"}, "not a literal"),
        (loose_parameters, 1, {"source": "seed: int | None = None  # seed"}, "of type"),
        (loose_parameters, 1, {"source": "seed: int = 2015"}, "not explained"),
        (loose_parameters, 1, {"source": "colour: str = '#fff'  # colour"}, "# inside"),
        (machine_traces, 3, {"outputs": [SHOWN_PATH]}, "stores the path /home/"),
        (machine_traces, 3, {"source": f"open('{FOLDER.parent}')"}, "stores the path"),
        (machine_traces, 3, {"metadata": nbformat.from_dict({"papermill": {}})}, "metadata papermill"),
        (machine_traces, 3, {"metadata": nbformat.from_dict({"tags": ["injected-parameters"]})}, "injected"),
        (unfamiliar_frame, 0, {"source": "Who is referred?"}, "heading"),
    ],
)
def test_broken_notebook_is_noticed(check, cell, changes, said):
    offences = check(broken(cell, **changes))
    assert len(offences) == 1
    assert said in offences[0]


def test_too_many_and_generally_long_cells_are_noticed():
    notebook = good_notebook()
    notebook.cells += [nbformat.v4.new_code_cell("1\n2\n3\n4\n5\n6") for _ in range(30)]
    assert long_cells(notebook) == ["34 code cells", "the median cell has 6.0 lines"]


def test_a_parameters_cell_may_have_a_line_for_each_of_so_many():
    notebook = good_notebook()
    cell = next(cell for cell in code_cells(notebook) if "parameters" in cell.metadata.get("tags", []))
    cell.source = "\n".join(f"p{number}: int = 1  # one" for number in range(MOST_PARAMETERS))
    assert long_cells(notebook) == []
    cell.source += "\nlast: int = 1  # one too many"
    assert len(long_cells(notebook)) == 1


def test_import_counts_as_one_line():
    assert cell_length("from a import (\n    b,\n    c,\n)\n\nb(\n    c\n)") == 4


def test_papermill_metadata_and_foreign_kernel_are_noticed():
    notebook = good_notebook()
    notebook.metadata["papermill"] = {"version": "2.7.0"}
    notebook.metadata.kernelspec["name"] = "conda-env"
    assert machine_traces(notebook) == ["metadata hold papermill"]
    assert unfamiliar_frame(notebook) == ["its kernel is not python3"]


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("seed: int = 2015  # of everything random", "seed: int = 2016  # of everything random", "not 2015"),
        ("seed: int = 2015  # of everything random", 'seed: str = "2015"  # of everything random', "is str"),
        ("seed: int = 2015  # of everything random", "sead: int = 2015  # of everything random", "lacks 'seed'"),
        ("seed: int = 2015  # of everything random", "seed: int = 2015  # any number >= 0", "lacks 'seed'"),
    ],
)
def test_parameters_cell_that_differs_from_its_model_is_noticed(tmp_path, line, instead, said):
    path = tmp_path / "small.ipynb"
    nbformat.write(good_notebook(), path)
    book = Notebook("small", path, CommonParameters)
    assert parameters_cell_offences(book) == []
    changed = broken(1, source=GOOD_PARAMETERS.replace(line, instead))
    nbformat.write(changed, path)
    assert said in " / ".join(parameters_cell_offences(book))
