"""The guard against notebook runs that compare nothing, tried in pytest runs of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
NBVAL = ("--nbval", "--nbval-current-env")


@pytest.fixture
def project(tmp_path):
    """A folder with the guard, one passing test and one good notebook; call it to run pytest there."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "notebooks").mkdir()
    shutil.copy(CONFTEST, tmp_path / "tests" / "conftest.py")
    (tmp_path / "tests" / "test_one.py").write_text("def test_one():\n    pass\n", encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n", encoding="utf-8")
    return tmp_path


def write_notebook(path: Path, *, tags: tuple[str, ...] = (), shown: str = "2") -> None:
    cell = nbformat.v4.new_code_cell("1 + 1", execution_count=1, metadata={"tags": list(tags)}, id="sum")
    cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": shown}, execution_count=1)]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def run_pytest(project: Path, *arguments: str) -> subprocess.CompletedProcess:
    own = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=project, env=own, capture_output=True, text=True, timeout=120, check=False)


def test_compared_notebook_passes_and_a_changed_number_fails_also_spread_over_workers(project):
    write_notebook(project / "notebooks" / "a.ipynb")
    spread = run_pytest(project, "notebooks", "tests", *NBVAL, "-n", "2", "--dist", "loadfile")
    assert spread.returncode == 0, spread.stdout
    assert "2 passed" in spread.stdout.splitlines()[-1]
    write_notebook(project / "notebooks" / "a.ipynb", shown="3")
    assert run_pytest(project, "notebooks", "tests", *NBVAL).returncode == 1


def test_all_cells_skipped_fails(project):
    write_notebook(project / "notebooks" / "a.ipynb", tags=("nbval-skip",))
    ended = run_pytest(project, "notebooks", "tests", *NBVAL)
    assert ended.returncode == 1
    assert "no cell of" in ended.stdout
    assert "1 passed, 1 skipped" in ended.stdout.splitlines()[-1]


def test_forgotten_flag_fails(project):
    write_notebook(project / "notebooks" / "a.ipynb")
    assert run_pytest(project, "notebooks", "tests").returncode == 1


def test_folder_without_notebooks_fails(project):
    ended = run_pytest(project, "notebooks", "tests", *NBVAL)
    assert ended.returncode == 1
    assert "holds no notebook" in ended.stdout


def test_unit_tests_alone_are_left_in_peace(project):
    assert run_pytest(project, "tests").returncode == 0
