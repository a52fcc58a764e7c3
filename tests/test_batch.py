"""Batch runs of tiny notebooks: what is refused, what a failure says, and what is left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import nbformat
import pytest

from rehab_stats.batch.grids import grid_sets
from rehab_stats.batch.jobs import SET_NAME, plan_jobs, read_parameter_file
from rehab_stats.batch.parameters import REPOSITORY, CommonParameters, ExtractParameters, Notebook, ParameterError
from rehab_stats.batch.publishing import is_there, publish, recorded_files, write_figures
from rehab_stats.batch.runner import run_notebooks, store_notebooks
from rehab_stats.extract.files.reader import DEFAULT_EXTRACT

PARAMETERS = """extract: str = ""  # folder of the extract
output: str = ""  # folder of the results
language: str = "en"  # en or da
seed: int = 2015  # of everything random"""

MORE_PARAMETERS = """education_levels: int = 3  # levels
age_min: int = 30  # years
horizon_days: int = 365  # days
diagnosed_from: str = ""  # YYYY-MM-DD, first day of diagnoses; empty: all
exposure: str = "education"  # column"""

WRITES = """from pathlib import Path
if output:
    (Path(output) / "figures").mkdir()
    (Path(output) / "tables").mkdir()
    (Path(output) / "figures" / "NAME.svg").write_text(f"<svg>{language}</svg>")
    (Path(output) / "tables" / "NAME.csv").write_text(f"seed,{seed}")"""

KILLED = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def registry(tmp_path):
    """Call it with name=[sources] to get a registry of notebooks that take the common parameters."""

    def build(**books: list[str]) -> dict[str, Notebook]:
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        return {name: write_book(folder / f"{name}.ipynb", sources) for name, sources in books.items()}

    return build


def write_book(path: Path, sources: list[str]) -> Notebook:
    cells = [nbformat.v4.new_markdown_cell(f"# {path.stem}", id="title")]
    for number, source in enumerate([PARAMETERS, *sources], start=1):
        cells.append(nbformat.v4.new_code_cell(source.replace("NAME", path.stem), id=f"cell-{number}"))
    cells[1].metadata["tags"] = ["parameters"]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return Notebook(path.stem, path, CommonParameters)


def everything_in(folder: Path) -> dict[str, bytes]:
    """Relative path -> bytes of all files, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# what is refused before a kernel starts


@pytest.mark.parametrize(
    ("names", "parameters", "said"),
    [
        ((), {"good": {"sead": 1}}, "good: 'sead' is not a parameter; did you mean 'seed'?"),
        ((), {"good": {"seed": "7"}}, "good: seed = '7' should be a valid integer"),
        ((), {"good": {"seed": 7.0}}, "good: seed = 7.0 should be a valid integer"),
        ((), {"good": {"seed": True}}, "good: seed = True should be a valid integer"),
        ((), {"good": {"seed": -1}}, "good: seed = -1 should be greater than or equal to 0"),
        ((), {"good": {"language": "dk"}}, "good: language = 'dk' should be one of en, da; did you mean 'da'?"),
        ((), {"good": {"output": "x"}}, "good: output is set by the run itself"),
        ((), {"good": "seed"}, "good: should hold parameters with their values"),
        ((), {"all": {"horizon_days": 9}}, "all: 'horizon_days' is not a parameter"),
        ((), {"all": ["seed"]}, "'all' should hold parameters with their values"),
        ((), {"god": {"seed": 1}}, "'god' in the parameters is not a notebook; did you mean 'good'?"),
        ((), {"good": [{"seed": 1}]}, "good: set 1 needs a name"),
        ((), {"good": [{"name": "../up", "seed": 1}]}, "good: set 1 needs a name"),
        ((), {"good": [{"name": "a"}, {"name": "a"}]}, "good: two sets are named 'a'"),
        ((), {"good": {"grid": {}}}, "good: grid should hold parameters, each with a list of values"),
        ((), {"good": {"grid": {"seed": 7}}}, "good: grid.seed should be a list of values, not empty; got 7"),
        ((), {"good": {"grid": {"seed": []}}}, "good: grid.seed should be a list of values, not empty; got []"),
        ((), {"good": {"seed": 1, "grid": {"seed": [1]}}}, "good: 'seed' stands in the grid and beside it"),
        ((), {"good": {"grid": {"sead": [1, 2]}}}, "good: 'sead' is not a parameter; did you mean 'seed'?"),
        ((), {"good": {"grid": {"seed": [1, "1"]}}}, "good: two combinations of the grid are named '1'"),
        (
            (),
            {"good": {"grid": {"seed": list(range(40)), "language": ["en"] * 26}}},
            "1,040 combinations, more than 1,000",
        ),
        ((), {"good": {"grid": {"language": ["en", "dk"]}}}, "did you mean 'da'? (set 'dk')"),
        ((), {"good": {"grid": {"seed": [-1], "language": ["en", "da"]}}}, "(set '1_en' and 1 more)"),
        ((), {"good": {"extract": "no/such/folder"}}, "there is no folder"),
        (("goad",), {}, "'goad' is not a notebook; did you mean 'good'?"),
    ],
)
def test_refused_before_a_kernel_starts(registry, tmp_path, names, parameters, said):
    sentinel = tmp_path / "started"
    books = registry(good=[f"open({str(sentinel)!r}, 'w')"])
    with pytest.raises(ParameterError, match=re.escape(said)):
        run_notebooks(names, parameters, tmp_path / "out", registry=books)
    assert not sentinel.exists()
    assert not (tmp_path / "out").exists()


def test_a_grid_is_every_combination_in_a_folder_of_its_own(registry, tmp_path):
    books = registry(good=["1"])
    given = {"good": {"language": "da", "grid": {"seed": [3, 4], "extract": [""]}}}
    jobs = plan_jobs((), given, tmp_path / "out", registry=books)
    assert [job.set_name for job in jobs] == ["3_empty", "4_empty"]
    assert [job.parameters for job in jobs] == [{"language": "da", "seed": 3}, {"language": "da", "seed": 4}]
    assert [job.folder.name for job in jobs] == ["3_empty", "4_empty"]


def test_names_of_a_grid_keep_danish_letters_and_lose_what_folders_do_not_hold():
    sets, offences = grid_sets("05", {"grid": {"municipality": ["Rødovre", "../Furesø", "Å b"], "period": ["2024-H1"]}})
    assert not offences
    assert [name for name, _ in sets] == ["Rødovre_2024-H1", "Furesø_2024-H1", "Å-b_2024-H1"]
    assert all(SET_NAME.fullmatch(name) for name, _ in sets)


def test_named_sets_may_hold_a_grid_each(registry, tmp_path):
    books = registry(good=["1"])
    given = {"good": [{"name": "dansk", "language": "da", "grid": {"seed": [1, 2]}}, {"name": "plain", "seed": 3}]}
    jobs = plan_jobs((), given, tmp_path / "out", registry=books)
    assert [job.set_name for job in jobs] == ["dansk_1", "dansk_2", "plain"]


def test_lists_that_stay_inside_are_refused_among_the_results(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(ParameterError, match="lies in the folder of the results, and the lists stay inside"):
        plan_jobs(["05"], {"05": {"lists": str(out / "lists")}}, out)
    (job,) = plan_jobs(["05"], {"05": {"lists": str(tmp_path / "inside")}}, out)
    assert job.parameters["lists"] == str(tmp_path / "inside")


def test_one_of_a_grid_that_fails_stops_no_other_and_resuming_runs_it_alone(registry, tmp_path):
    flag = tmp_path / "mended"
    fails = f"from pathlib import Path\nassert seed != 2 or Path({str(flag)!r}).exists(), 'not yet'"
    books = registry(good=[fails, WRITES])
    given = {"good": {"grid": {"seed": [1, 2], "language": ["en", "da"]}}}
    heard = []
    ended = run_notebooks((), given, tmp_path / "out", registry=books, on_progress=heard.append)
    assert [outcome.status for outcome in ended] == ["done", "done", "failed", "failed"]
    assert {outcome.jobs for outcome in heard} == {4}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1_da", "1_en"]
    flag.touch()
    again = run_notebooks((), given, tmp_path / "out", registry=books, resume=True)
    assert [outcome.status for outcome in again] == ["skipped", "skipped", "done", "done"]


def test_every_offence_of_every_notebook_is_listed(registry, tmp_path):
    books = registry(one=[], two=[])
    with pytest.raises(ParameterError) as caught:
        run_notebooks((), {"one": {"sead": 1, "language": 3}, "two": {"seed": "x"}}, tmp_path / "out", registry=books)
    assert len(caught.value.offences) == 3
    assert {offence.split(":")[0] for offence in caught.value.offences} == {"one", "two"}


def test_a_notebook_may_be_named_by_its_number_in_a_parameter_file(registry, tmp_path):
    file = tmp_path / "parameters.yaml"
    file.write_text("02: {seed: 7}\n'03_more': {seed: 8}\n", encoding="utf-8")
    books = registry(**{"02_good": ["1"], "03_more": ["1"]})
    jobs = plan_jobs((), read_parameter_file(file), tmp_path / "out", registry=books)
    assert [job.parameters["seed"] for job in jobs] == [7, 8]


def test_a_notebook_named_twice_in_a_parameter_file_is_refused(registry, tmp_path):
    books = registry(**{"02_good": ["1"]})
    with pytest.raises(ParameterError, match="02_good stands twice in the parameters, once as 2"):
        plan_jobs((), {"02_good": {"seed": 7}, 2: {"seed": 8}}, tmp_path / "out", registry=books)


def test_an_extract_may_be_one_database(registry, tmp_path):
    place = tmp_path / "data"
    place.mkdir()
    with duckdb.connect(str(place / "extract.duckdb")) as database:
        for path in sorted(DEFAULT_EXTRACT.glob("*.parquet")):
            database.execute(f"CREATE TABLE {path.stem} AS SELECT * FROM read_parquet('{path}')")
    shutil.copy(DEFAULT_EXTRACT / "extract.yaml", place)
    given = {"good": {"extract": str(place / "extract.duckdb")}}
    (job,) = plan_jobs((), given, tmp_path / "out", registry=registry(good=["1"]))
    assert job.parameters["extract"].endswith("extract.duckdb")
    # and it is still known whether the persons are real
    text = (place / "extract.yaml").read_text(encoding="utf-8").replace("synthetic: true", "synthetic: false")
    (place / "extract.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match="is not marked synthetic"):
        plan_jobs((), given, REPOSITORY / "runs" / "never", registry=registry(good=["1"]))


def test_parameters_cell_that_differs_from_its_model_is_refused(registry, tmp_path):
    book = registry(good=[])["good"]
    with pytest.raises(ParameterError, match="good: its parameters cell lacks 'horizon_days'"):
        run_notebooks(out=tmp_path / "out", registry={"good": Notebook("good", book.path, ExtractParameters)})


def test_missing_extra_and_missing_file_are_refused(registry, tmp_path):
    book = registry(good=[])["good"]
    with pytest.raises(ParameterError, match="good needs no_such_module"):
        run_notebooks(
            out=tmp_path / "out", registry={"good": Notebook("good", book.path, CommonParameters, ("no_such_module",))}
        )
    book.path.unlink()
    with pytest.raises(ParameterError, match=r"there is no .*good\.ipynb"):
        run_notebooks(out=tmp_path / "out", registry={"good": book})


def test_horizon_longer_than_the_registration_is_refused(registry, tmp_path):
    path = registry(good=[])["good"].path
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source += "\n" + MORE_PARAMETERS
    nbformat.write(notebook, path)
    books = {"good": Notebook("good", path, ExtractParameters)}
    # the default extract registers from 2009-01-01 to 2012-12-31
    (job,) = plan_jobs((), {"good": {"horizon_days": 1460}}, tmp_path / "out", registry=books)
    assert job.parameters == {"horizon_days": 1460}
    with pytest.raises(ParameterError, match="good: horizon_days = 1461 is more than the 1460 days of registration in"):
        plan_jobs((), {"good": {"horizon_days": 1461}}, tmp_path / "out", registry=books)
    period = "registration: {referrals: {registered_from: 2012-01-01, registered_to: 2012-07-01}}"
    text = f"extract_date: 2013-06-30\nsource: by hand\nsynthetic: true\n{period}\n"
    (tmp_path / "extract.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match="good: horizon_days = 365 is more than the 182 days of registration in"):
        plan_jobs((), {"all": {"extract": str(tmp_path)}}, tmp_path / "out", registry=books)


def test_results_of_real_persons_are_refused_inside_the_repository(registry, tmp_path):
    books = registry(good=[])
    for word in ("false", "maybe", "'true'"):
        (tmp_path / "extract.yaml").write_text(f"synthetic: {word}\n", encoding="utf-8")
        with pytest.raises(ParameterError, match=r"not marked synthetic, and .* inside the repository"):
            run_notebooks((), {"all": {"extract": str(tmp_path)}}, REPOSITORY / "runs" / "never", registry=books)
    (tmp_path / "link").symlink_to(REPOSITORY / "runs")
    with pytest.raises(ParameterError, match="inside the repository"):
        run_notebooks((), {"all": {"extract": str(tmp_path)}}, tmp_path / "link" / "never", registry=books)
    assert not (REPOSITORY / "runs" / "never").exists()


def test_results_among_the_notebooks_are_refused(registry):
    books = registry(good=[])
    with pytest.raises(ParameterError, match="would overwrite the notebooks"):
        run_notebooks(out=books["good"].path.parent, registry=books)


# what a run leaves


def test_results_and_reading_copies_are_put_in_place_and_a_second_run_changes_no_byte(registry, tmp_path):
    books = registry(one=[WRITES, "from IPython.display import HTML\nHTML(f'<b>{seed + 13833}</b>')"], two=[WRITES])
    out = tmp_path / "out"
    settings = {"all": {"language": "da"}, "one": {"seed": 7}}
    steps = []
    outcomes = run_notebooks((), settings, out, registry=books, on_progress=steps.append)
    assert [(outcome.notebook, outcome.status, outcome.cells) for outcome in outcomes] == [
        ("one", "done", 3),
        ("two", "done", 2),
    ]
    first = everything_in(out)
    assert set(first) == {
        *(f"{name}{ending}" for name in books for ending in (".ipynb", ".html", ".run.json")),
        *(f"figures/{name}.svg" for name in books),
        *(f"tables/{name}.csv" for name in books),
    }
    assert first["figures/one.svg"] == b"<svg>da</svg>"
    assert (first["tables/one.csv"], first["tables/two.csv"]) == (b"seed,7", b"seed,2015")
    assert b".partial" not in b"".join(first.values())
    assert b"papermill" not in first["one.ipynb"]
    page = first["one.html"].decode()
    assert "<b>13840</b>" in page
    assert "IPython" not in page
    assert not re.search(r"<script|<link|@import|(?:src|href)=\"(?!data:|#)", page)
    assert {step.status for step in steps} == {"started", "cell", "done"}
    # both were at work at once: a pool of two
    begun = [step.notebook for step in steps[:2]]
    assert begun == ["one", "two"]

    run_notebooks((), settings, out, workers=1, registry=books)
    assert everything_in(out) == first


def test_failures_name_notebook_and_cell_and_do_not_stop_the_others(registry, tmp_path):
    books = registry(
        wrong=[WRITES, "\nx = {}\nx['education']"],
        dead=[WRITES, KILLED],
        slow=["import time; time.sleep(60)"],
        good=[WRITES],
    )
    out = tmp_path / "out"
    outcomes = run_notebooks(out=out, registry=books, workers=3, cell_timeout=2)
    assert {outcome.notebook: outcome.message for outcome in outcomes} == {
        "wrong": "cell 3 (x = {}): KeyError: 'education'",
        "dead": "cell 3 (import os, signal): the kernel died (out of memory, or ended by the system)",
        "slow": "cell 2 (import time; time.sleep(60)): took longer than 2 seconds",
        "good": "",
    }
    assert [outcome.status for outcome in outcomes] == ["failed"] * 3 + ["done"]
    assert {Path(name).stem.split(".")[0] for name in everything_in(out)} == {"good"}


LONG_WORK = """import time
from rehab_stats.progress import counting
with counting(4, "draws") as step:
    for _ in range(4):
        step()
        time.sleep(0.6)"""


def test_long_work_in_a_cell_says_how_far_it_is(registry, tmp_path):
    heard = []
    run_notebooks(registry=registry(one=[LONG_WORK]), out=tmp_path / "out", on_progress=heard.append)
    steps = [outcome for outcome in heard if outcome.status == "step"]
    assert [(step.cell, step.total, step.what) for step in steps] == [(2, 4, "draws")] * len(steps)
    done = [step.done for step in steps]
    assert len(done) > 1
    assert done == sorted(set(done))
    assert heard[-1].status == "done"


def test_process_that_dies_with_its_kernel_is_named(registry, tmp_path):
    books = registry(dead=["import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"])
    (outcome,) = run_notebooks(out=tmp_path / "out", registry=books)
    assert outcome.status == "failed"
    assert outcome.message == "cell 2: its process ended before the notebook did (exit code -9)"
    assert everything_in(tmp_path / "out") == {}


def test_process_that_dies_in_the_middle_of_a_line_is_named(registry, tmp_path, monkeypatch):
    says = "import os, signal; print('{\"cell\": 1, \"ce', end='', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    monkeypatch.setattr("rehab_stats.batch.runner.PROGRAM", (sys.executable, "-c", says))
    found = []
    books = registry(one=["1"])
    run = threading.Thread(
        target=lambda: found.extend(run_notebooks(out=tmp_path / "out", registry=books)), daemon=True
    )
    run.start()
    run.join(20)
    assert [outcome.message for outcome in found] == [
        "cell 0: its process ended before the notebook did (exit code -9)"
    ]


def test_failing_run_leaves_the_last_results_and_a_good_one_removes_what_it_no_longer_makes(registry, tmp_path):
    out = tmp_path / "out"
    run_notebooks(out=out, registry=registry(one=[WRITES]))
    before = everything_in(out)
    run_notebooks(out=out, registry=registry(one=[WRITES, "1 / 0"]))
    assert everything_in(out) == before
    run_notebooks(out=out, registry=registry(one=["1"]))
    assert set(everything_in(out)) == {"one.ipynb", "one.html", "one.run.json"}


def test_interruption_ends_the_kernels_and_leaves_nothing(registry, tmp_path):
    pid_file = tmp_path / "pid"
    waits = f"import os, time\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    books = registry(slow=[WRITES, waits])

    def interrupt(outcome):
        if outcome.cell == 3:
            wait_until(lambda: pid_file.is_file() and pid_file.read_text())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_notebooks(out=tmp_path / "out", registry=books, on_progress=interrupt)
    assert everything_in(tmp_path / "out") == {}
    kernel = int(pid_file.read_text())
    wait_until(lambda: not is_running(kernel))


def wait_until(condition, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_resume_skips_what_an_equal_run_left(registry, tmp_path):
    books = registry(one=[WRITES])
    (first,) = run_notebooks(out=tmp_path / "out", registry=books)
    (second,) = run_notebooks(out=tmp_path / "out", registry=books, resume=True)
    assert (first.status, second.status) == ("done", "skipped")


@pytest.fixture
def left(registry, tmp_path, monkeypatch):
    """A finished run of one notebook, made by hand; call it to hear whether resuming would skip the notebook."""
    monkeypatch.setattr("rehab_stats.batch.jobs.code_checksum", lambda: "code as it was")
    (tmp_path / "extract").mkdir()
    (tmp_path / "extract" / "persons.csv").write_text("a", encoding="utf-8")
    books = {name: replace(book, extract=tmp_path / "extract") for name, book in registry(one=["1"]).items()}

    def would_skip(**parameters):
        (job,) = plan_jobs((), {"one": parameters}, tmp_path / "out", registry=books)
        return is_there(job)

    (job,) = plan_jobs((), {}, tmp_path / "out", registry=books)
    stage(job, "figures/one.svg")
    publish(job)
    return would_skip


def stage(job, *names: str) -> None:
    for name in names:
        (job.staging / name).parent.mkdir(parents=True, exist_ok=True)
        (job.staging / name).write_text(name, encoding="utf-8")


def test_resume_notices_other_parameters(left):
    assert left()
    assert not left(seed=1)


def test_resume_notices_other_code(left, monkeypatch):
    monkeypatch.setattr("rehab_stats.batch.jobs.code_checksum", lambda: "other code")
    assert not left()


def test_resume_notices_another_notebook_but_not_other_stored_outputs(left, tmp_path, registry):
    path = tmp_path / "notebooks" / "one.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", text="1")]
    nbformat.write(notebook, path)
    assert left()
    registry(one=["2"])
    assert not left()


def test_resume_notices_other_data(left, tmp_path):
    (tmp_path / "extract" / "persons.csv").write_text("b", encoding="utf-8")
    assert not left()


def test_resume_notices_other_reference_numbers(registry, tmp_path, monkeypatch):
    monkeypatch.setattr("rehab_stats.batch.jobs.REPOSITORY", tmp_path)
    books = registry(one=["1"])
    (before,) = plan_jobs((), {}, tmp_path / "out", registry=books)
    (tmp_path / "tests" / "reference").mkdir(parents=True)
    (tmp_path / "tests" / "reference" / "odds_ratios.csv").write_text("1.33", encoding="utf-8")
    (after,) = plan_jobs((), {}, tmp_path / "out", registry=books)
    assert before.key != after.key


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"key": "x"}', '{"key": "x", "files": []}', "\xff"])
def test_a_damaged_or_foreign_record_counts_as_not_there(left, tmp_path, text):
    record = tmp_path / "out" / "one.run.json"
    record.write_bytes(text.encode("latin-1"))
    assert not left()
    assert recorded_files(record) == {}


def test_two_runs_have_staging_folders_of_their_own_and_those_of_the_dead_are_removed(registry, tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    out = tmp_path / "out"
    dead, alive = out / f".one.{gone.pid}.partial", out / f".one.{os.getppid()}.partial"
    for folder in (dead, alive):
        folder.mkdir(parents=True)
        (folder / "half").write_text("half", encoding="utf-8")
    books = registry(one=["1"])
    (job,) = plan_jobs((), {}, out, registry=books)
    assert str(os.getpid()) in job.staging.name
    assert [outcome.status for outcome in run_notebooks(out=out, registry=books)] == ["done"]
    assert (dead.exists(), alive.exists(), job.staging.exists()) == (False, True, False)


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_text("edited", encoding="utf-8")])
def test_resume_notices_missing_and_edited_results(left, tmp_path, change):
    change(tmp_path / "out" / "figures" / "one.svg")
    assert not left()


def test_sets_of_one_notebook_have_folders_of_their_own(registry, tmp_path):
    sets = [{"name": "short", "seed": 1}, {"name": "long", "seed": 2}]
    jobs = plan_jobs((), {"all": {"language": "da"}, "one": sets}, tmp_path, registry=registry(one=[]))
    assert [(job.folder.name, job.parameters) for job in jobs] == [
        ("short", {"language": "da", "seed": 1}),
        ("long", {"language": "da", "seed": 2}),
    ]


def test_all_goes_to_the_notebooks_that_know_it(registry, tmp_path):
    books = registry(one=[], two=[])
    path = books["two"].path
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source += "\n" + MORE_PARAMETERS
    nbformat.write(notebook, path)
    books["two"] = Notebook("two", path, ExtractParameters)
    jobs = plan_jobs((), {"all": {"age_min": 40}, "two": {"seed": 1}}, tmp_path, registry=books)
    assert [job.parameters for job in jobs] == [{}, {"age_min": 40, "seed": 1}]


def test_two_notebooks_that_write_the_same_file_do_not_overwrite_each_other(registry, tmp_path):
    one, two = plan_jobs((), {}, tmp_path, registry=registry(one=[], two=[]))
    stage(one, "one.ipynb", "figures/flow.svg")
    stage(two, "two.ipynb", "figures/flow.svg")
    publish(one)
    with pytest.raises(ValueError, match=r"^one writes figures/flow.svg as well$"):
        publish(two)
    assert not (tmp_path / "two.ipynb").exists()


def test_runs_outside_the_main_thread(registry, tmp_path):
    found = []
    books = registry(one=["1"])
    thread = threading.Thread(target=lambda: found.extend(run_notebooks(out=tmp_path / "out", registry=books)))
    thread.start()
    thread.join()
    assert [outcome.status for outcome in found] == ["done"]


# storing outputs


def test_stored_outputs_are_clean_and_a_second_time_changes_no_byte(registry):
    books = registry(one=["print('a')\nprint('b')", "1 + 1"], wrong=["1 / 0"])
    before = books["wrong"].path.read_bytes()
    assert [outcome.status for outcome in store_notebooks(registry=books)] == ["done", "failed"]
    assert books["wrong"].path.read_bytes() == before
    stored = books["one"].path.read_bytes()
    notebook = json.loads(stored)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == [1, 2, 3]
    assert code[0]["metadata"] == {"tags": ["parameters"]}
    assert [len(cell["outputs"]) for cell in code] == [0, 1, 1]
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert "".join(code[0]["source"]) == PARAMETERS

    written = books["one"].path.stat().st_mtime_ns
    store_notebooks(["one"], registry=books)
    assert books["one"].path.read_bytes() == stored
    assert books["one"].path.stat().st_mtime_ns == written
    assert {path.name for path in books["one"].path.parent.iterdir()} == {"one.ipynb", "wrong.ipynb"}


# figures/


def finished(tmp_path, registry, **files: tuple[str, ...]) -> list[Path]:
    """Records of runs made by hand."""
    jobs = plan_jobs((), {}, tmp_path / "runs", registry=registry(**{name: [] for name in files}))
    for job in jobs:
        stage(job, *files[job.notebook.name])
        publish(job)
    return [job.record for job in jobs]


def test_figures_are_gathered_and_left_alone_when_equal(registry, tmp_path):
    records = finished(tmp_path, registry, one=("one.html", "figures/a.svg"), two=("tables/b.csv",))
    figures = tmp_path / "figures"
    figures.mkdir()
    (figures / "old.svg").write_text("old", encoding="utf-8")
    assert write_figures(records, figures)
    assert everything_in(figures) == {"a.svg": b"figures/a.svg", "b.csv": b"tables/b.csv"}
    inode = figures.stat().st_ino
    assert not write_figures(records, figures)
    assert figures.stat().st_ino == inode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures", "notebooks", "runs"]


def test_figures_of_the_same_name_are_refused_and_nothing_is_written(registry, tmp_path):
    records = finished(tmp_path, registry, one=("figures/a.csv",), two=("tables/a.csv",))
    with pytest.raises(ValueError, match=r"two results are named a.csv"):
        write_figures(records, tmp_path / "figures")
    assert not (tmp_path / "figures").exists()


# the parameter file


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [1", "is not YAML (line 2)"), ("- a", "should hold notebook names"), ("", "should hold notebook names")],
)
def test_parameter_file_that_cannot_be_used_is_refused(tmp_path, text, said):
    path = tmp_path / "file.yaml"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=re.escape(said)):
        read_parameter_file(path)


def test_parameter_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="cannot be read: No such file"):
        read_parameter_file(tmp_path / "none.yaml")
