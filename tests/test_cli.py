"""The command line: what it prints, what it refuses in one sentence, and how it exits."""

from __future__ import annotations

import functools
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from typer.testing import CliRunner

from rehab_stats.batch import runner
from rehab_stats.batch.parameters import CommonParameters, Notebook
from rehab_stats.batch.runner import Outcome
from rehab_stats.cli import SCENARIOS as SCENARIOS_IN_HELP
from rehab_stats.cli import _line, _progress, app
from rehab_stats.extract.synthetic.scenarios import MUNICIPAL, SCENARIOS

PARAMETERS = """extract: str = ""  # folder of the extract
output: str = ""  # folder of the results
language: str = "en"  # en or da
seed: int = 2015  # of everything random"""


@pytest.fixture
def rehab(monkeypatch, tmp_path):
    """Call it with the words after `rehab-stats`; the current folder is an empty one."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object):
        result = CliRunner().invoke(app, [str(word) for word in words])
        # an exit is expected, any other exception would have been a traceback
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return call


@pytest.fixture
def small_books(monkeypatch, tmp_path):
    """Call it with name=source: `run` then knows these notebooks only."""

    def build(**sources: str) -> dict[str, Notebook]:
        books = {name: write_book(tmp_path / "notebooks" / f"{name}.ipynb", source) for name, source in sources.items()}
        for command in ("run_notebooks", "store_notebooks"):
            monkeypatch.setattr(runner, command, functools.partial(getattr(runner, command), registry=books))
        return books

    return build


def write_book(path: Path, source: str) -> Notebook:
    cells = [nbformat.v4.new_code_cell(text, id=f"cell-{number}") for number, text in enumerate((PARAMETERS, source))]
    cells[0].metadata["tags"] = ["parameters"]
    path.parent.mkdir(exist_ok=True)
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return Notebook(path.stem, path, CommonParameters)


@pytest.fixture(scope="module")
def extract(tmp_path_factory) -> Path:
    """A small extract written by the command itself."""
    folder = tmp_path_factory.mktemp("simulated") / "extract"
    result = CliRunner().invoke(app, ["simulate", "default", "--out", str(folder), "--n", "300", "--seed", "7"])
    assert result.exit_code == 0, result.output
    assert "invented persons, scenario default, seed 7" in result.stdout
    return folder


def broken_copy(extract: Path, folder: Path) -> Path:
    """The extract with two faults: no referrals, and a word in place of true or false."""
    folder.mkdir()
    for file in ("persons.parquet", "diagnoses.parquet"):
        (folder / file).write_bytes((extract / file).read_bytes())
    text = (extract / "extract.yaml").read_text(encoding="utf-8")
    (folder / "extract.yaml").write_text(text.replace("synthetic: true", "synthetic: maybe"), encoding="utf-8")
    return folder


# check and simulate


def test_check_of_a_sound_extract_names_tables_and_notebooks(rehab, extract):
    result = rehab("check", extract)
    assert result.exit_code == 0
    for line in (r"^persons +3\d\d$", r"^01_referral_gradient: can run$", r"extract holds\.$"):
        assert re.search(line, result.stdout, re.MULTILINE), result.stdout


def test_check_of_a_broken_extract_lists_every_offence(rehab, extract, tmp_path):
    folder = broken_copy(extract, tmp_path / "broken")
    result = rehab("check", folder)
    assert result.exit_code == 1
    assert len(re.findall(r"^error: ", result.stdout, re.MULTILINE)) == 2
    assert "error: referrals: There is no file referrals.csv" in result.stdout
    assert "00_the_extract: cannot run" in result.stdout
    assert result.stderr == f"{folder} breaks the contract in 2 ways, listed above.\n"


def test_check_uses_a_mapping_file(rehab, extract, tmp_path):
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("columns: {persons: {no_such_column: sex}}\n", encoding="utf-8")
    result = rehab("check", extract, "--mapping", mapping)
    assert result.exit_code == 1
    assert "no_such_column" in result.stdout


def test_check_of_no_folder(rehab):
    result = rehab("check", "nowhere")
    assert result.exit_code == 1
    assert "error: The folder does not exist." in result.stdout


def test_simulate_is_repeatable_and_overwrites_nothing(rehab, extract, tmp_path):
    again = tmp_path / "again"
    assert rehab("simulate", "default", "--out", again, "--n", 300, "--seed", 7).exit_code == 0
    assert (again / "SHA256SUMS").read_bytes() == (extract / "SHA256SUMS").read_bytes()
    refused = rehab("simulate", "default", "--out", again)
    assert (refused.exit_code, refused.stderr) == (
        2,
        f"{again} is not empty, and nothing in it is overwritten: give a new folder\n",
    )


def test_simulate_helps_with_every_scenario_and_writes_as_many_persons_as_its_paper(rehab, tmp_path):
    assert SCENARIOS_IN_HELP.replace(" or ", ", ").split(", ") == [*SCENARIOS, MUNICIPAL.name]
    written = rehab("simulate", "dalton", "--out", tmp_path / "dalton")
    assert written.exit_code == 0
    assert pd.read_parquet(tmp_path / "dalton" / "denominators.parquet")["diagnosed"].sum() == 13_059
    assert (tmp_path / "dalton" / "residences.parquet").exists()


def test_simulate_names_the_nearest_scenario(rehab):
    refused = rehab("simulate", "equl", "--out", "new")
    assert refused.exit_code == 2
    assert "'equal'" in refused.stderr
    assert not Path("new").exists()


# pseudonymise and template


@pytest.fixture
def key(tmp_path) -> Path:
    (tmp_path / "key").write_bytes(b"0123456789abcdef\n")
    return tmp_path / "key"


def test_pseudonymise_replaces_ids_and_prints_none(rehab, extract, key, tmp_path):
    result = rehab("pseudonymise", extract, "out", "--key-file", key)
    assert result.exit_code == 0, result.output
    assert re.search(r"^persons: 3\d\d rows, replaced person_id$", result.stdout, re.MULTILINE)
    assert result.stdout.endswith("Dates and rare codes may still tell who somebody is.\n")
    assert not re.search(r"p\d{6}|p[0-9a-f]{32}|0123456789", result.output)
    assert rehab("check", "out").exit_code == 0
    again = rehab("pseudonymise", extract, "out", "--key-file", key)
    assert (again.exit_code, again.stderr) == (
        2,
        "out is not empty, and nothing in it is overwritten: give a new folder\n",
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nowhere", "out", "--key-file", "key"), 2, "there is no folder nowhere\n"),
        (("{extract}", "{extract}/in", "--key-file", "key"), 2, "{extract}/in lies inside {extract}: "),
        (
            ("{extract}", "out", "--key-file", "short"),
            2,
            "short holds fewer than 16 bytes, and short keys can be guessed",
        ),
        (("{extract}", "out", "--key-file", "none"), 1, "none: No such file or directory"),
    ],
)
def test_what_pseudonymise_cannot_do_is_said_in_one_sentence(rehab, extract, key, words, code, said):
    Path("short").write_bytes(b"012345678901234 \n")
    result = rehab("pseudonymise", *(word.format(extract=extract) for word in words))
    assert result.exit_code == code
    assert result.stderr.startswith(said.format(extract=extract))
    assert not Path("out").exists()


def test_template_copies_files_once(rehab):
    result = rehab("template", "mine")
    assert (result.exit_code, result.stdout) == (
        0,
        "mine: extract.yaml, mapping.yaml. Fill them in, then: rehab-stats check mine\n",
    )
    refused = rehab("template", "mine")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("mine has extract.yaml and mapping.yaml already")


# run


def test_run_writes_results_and_says_where(rehab, small_books, tmp_path, extract, monkeypatch):
    monkeypatch.setattr("rehab_stats.batch.jobs.code_checksum", lambda: "code as it was")
    small_books(one="extract, language")
    Path("set.yaml").write_text("one: {language: da}\n", encoding="utf-8")
    result = rehab("run", "--parameters", "set.yaml", "--extract", extract, "--out", "results")
    assert result.exit_code == 0, result.output
    assert result.stdout == "Results in results\n"
    assert re.fullmatch(r"one: started\none: done in \d+ s\n", result.stderr)
    shown = nbformat.read(tmp_path / "results" / "one.ipynb", as_version=4).cells[-1].outputs[0].data["text/plain"]
    assert shown == f"('{extract}', 'da')"
    again = rehab("run", "--parameters", "set.yaml", "--extract", extract, "--out", "results", "--resume")
    assert again.stderr == "one: there already\n"


def test_failed_notebook_is_named_and_the_exit_is_not_zero(rehab, small_books):
    small_books(one="{}['education']", two="1")
    result = rehab("run", "--out", "results")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines()[-2:] == [
        "1 notebook of 2 failed:",
        "one: cell 2 ({}['education']): KeyError: 'education'",
    ]


@pytest.mark.parametrize(
    ("words", "content", "said"),
    [
        (("oen",), "", "'oen' is not a notebook; did you mean 'one'? Known: one\n"),
        ((), "one: {sede: 1}", "one: 'sede' is not a parameter; did you mean 'seed'?\n"),
        ((), "one: {seed: many}", "one: seed = 'many' should be a valid integer\n"),
        ((), "one: [", "set.yaml is not YAML (line 2)\n"),
        (("--extract", "nowhere"), "", "there is no folder {here}/nowhere\n"),
    ],
)
def test_what_run_cannot_do_is_said_in_one_sentence(rehab, small_books, tmp_path, words, content, said):
    small_books(one="1")
    Path("set.yaml").write_text((content or "{}") + "\n", encoding="utf-8")
    result = rehab("run", *words, "--parameters", "set.yaml", "--out", "results")
    assert (result.exit_code, result.stderr) == (2, said.format(here=tmp_path))
    assert not Path("results").exists()


def test_run_refuses_a_broken_extract_before_anything_starts(rehab, small_books, extract, tmp_path):
    small_books(one="1")
    result = rehab("run", "--extract", broken_copy(extract, tmp_path / "broken"), "--out", tmp_path / "results")
    assert result.exit_code == 1
    assert "breaks the contract in 2 ways" in result.stderr
    assert not (tmp_path / "results").exists()


def test_unknown_option_and_command_are_misuse(rehab):
    assert rehab("run", "--paramters", "x").exit_code == 2
    assert rehab("chekc").exit_code == 2


def test_store_puts_outputs_into_the_notebooks(rehab, small_books):
    books = small_books(one="1 + 1")
    assert rehab("store").exit_code == 0
    assert nbformat.read(books["one"].path, as_version=4).cells[-1].execution_count == 2


# report


DRAWS = """from pathlib import Path
(Path(output) / "figures").mkdir()
_ = (Path(output) / "figures" / "drawn.svg").write_text(f"<svg>{seed}</svg>")"""


def test_report_writes_figures_once_and_keeps_them_when_a_notebook_fails(rehab, small_books, monkeypatch, tmp_path):
    monkeypatch.setattr("rehab_stats.batch.parameters.REPOSITORY", tmp_path)
    small_books(one=DRAWS)
    first = rehab("report")
    assert first.exit_code == 0, first.output
    assert first.stdout.splitlines()[-1].endswith("figures: written")
    drawn = tmp_path / "figures" / "drawn.svg"
    assert drawn.read_text(encoding="utf-8") == "<svg>2015</svg>"
    assert rehab("report").stdout.splitlines()[-1].endswith("figures: as before, byte for byte")
    small_books(one=DRAWS.replace("<svg>", "<svg >"), two="1 / 0")
    failed = rehab("report")
    assert failed.exit_code == 1
    assert "two: cell 2 (1 / 0): ZeroDivisionError: division by zero" in failed.stderr
    assert drawn.read_text(encoding="utf-8") == "<svg>2015</svg>"


# interruption, with the real command in a process group of its own, as a terminal would do it

DRIVER = """
if __name__ == "__main__":
    import functools
    from pathlib import Path
    from rehab_stats.batch import runner
    from rehab_stats.cli import app
    from rehab_stats.batch.parameters import CommonParameters, Notebook

    books = {name: Notebook(name, Path(name + ".ipynb").resolve(), CommonParameters) for name in ("one", "two")}
    runner.run_notebooks = functools.partial(runner.run_notebooks, registry=books)
    app(["run", "--out", "results"])
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["ctrl_c", "terminate"])
def test_interrupted_command_leaves_no_process_and_no_file(tmp_path, sent):
    for name in ("one", "two"):
        source = f"import os, time\nopen('{tmp_path}/{name}.pid', 'w').write(str(os.getpid()))\ntime.sleep(60)"
        write_book(tmp_path / f"{name}.ipynb", source)
    (tmp_path / "driver.py").write_text(DRIVER, encoding="utf-8")
    command = subprocess.Popen(
        [sys.executable, "driver.py"], cwd=tmp_path, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # a job in the background of a script ignores Ctrl-C, and so would its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    pids = [tmp_path / "one.pid", tmp_path / "two.pid"]
    wait_until(lambda: all(path.is_file() and path.read_text() for path in pids))
    if sent == signal.SIGINT:
        os.killpg(command.pid, sent)
    else:
        command.send_signal(sent)
    stdout, stderr = command.communicate(timeout=20)
    assert command.returncode == 130
    assert stdout == ""
    assert stderr.splitlines()[-1].startswith("Interrupted")
    assert "Traceback" not in stderr
    assert [path for path in (tmp_path / "results").rglob("*") if path.is_file()] == []
    wait_until(lambda: not any(is_running(int(path.read_text())) for path in pids))


def wait_until(condition, seconds: float = 30) -> None:
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


# progress


def test_progress_bar_on_a_terminal(monkeypatch):
    """A bar needs a terminal, so one is pretended; what matters is that each state has words."""
    shown = []
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with _progress() as on_progress:
        for outcome in STATES:
            on_progress(outcome)
            shown.append(_line(outcome))
    assert shown == [
        "one: started",
        "one: cell 2 of 9",
        "one: cell 2 of 9, 340 of 2,000 draws",
        "one: done in 3 s",
        "two (short): there already",
        "three: failed: cell 4 (x): KeyError",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_several_notebooks_are_counted(monkeypatch, capsys, terminal):
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "160")
    with _progress() as on_progress:
        for number in range(6):
            status = "failed" if number == 2 else "skipped" if number == 3 else "done"
            on_progress(Outcome("05", Path(str(number)), "started", set_name=f"s{number}", jobs=6))
            on_progress(Outcome("05", Path(str(number)), status, "x", cell=9, cells=9, set_name=f"s{number}", jobs=6))
    said = capsys.readouterr().err
    assert "6 of 6 ended: 4 done, 1 there already, 1 failed" in said
    if terminal:
        # at the end only the whole and the one that failed have a bar
        last = said.rsplit("6 of 6", 1)[1]
        assert "05 (s2): failed: x" in last
        assert "05 (s1)" not in last


STATES = [
    Outcome("one", Path(), "started"),
    Outcome("one", Path(), "cell", cell=2, cells=9),
    Outcome("one", Path(), "step", cell=2, cells=9, done=340, total=2000, what="draws"),
    Outcome("one", Path(), "done", cell=9, cells=9, seconds=3.2),
    Outcome("two", Path(), "skipped", set_name="short"),
    Outcome("three", Path(), "failed", "cell 4 (x): KeyError", cell=4, cells=9),
]


def test_help_names_the_commands(rehab):
    result = rehab("--help")
    assert result.exit_code == 0
    for command in ("check", "pseudonymise", "template", "simulate", "run", "report"):
        assert command in result.stdout
    assert "store" not in result.stdout
