"""A run that was asked to compare notebooks and compared none must fail.

nbval says "skipped", or nothing at all, when cells are tagged so, when `--nbval` was forgotten, or when a folder has no
notebook; pytest then ends with 0. The guard counts cells that passed, in the process that sees all reports.
"""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


class NotebookGuard:
    """Fails the session when a notebook that was asked for has no passed cell."""

    def __init__(self, asked: list[Path], folders: list[Path]) -> None:
        self.asked, self.folders = asked, folders
        self.compared: set[str] = set()
        self.complaints: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed and ".ipynb::Cell" in report.nodeid:
            self.compared.add(report.nodeid.split("::")[0])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        # nodeids are relative to pytest's root
        compared = {(session.config.rootpath / nodeid).resolve() for nodeid in self.compared}
        empty = [folder for folder in self.folders if not list(folder.glob("*.ipynb"))]
        self.complaints = [f"{folder} holds no notebook" for folder in empty]
        self.complaints += [f"no cell of {path} was compared" for path in self.asked if path not in compared]
        if self.complaints and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for complaint in self.complaints:
            terminalreporter.write_line(f"FAILED notebooks: {complaint}", red=True)


def asked_notebooks(config: pytest.Config) -> tuple[list[Path], list[Path]]:
    """Notebooks, and folders of notebooks, that a command line asks for; with --nbval and neither, the repository's."""
    paths = [(config.invocation_params.dir / argument.split("::")[0]).resolve() for argument in config.args]
    files = [path for path in paths if path.suffix == ".ipynb"]
    folders = [path for path in paths if path.name == "notebooks" and path.suffix == ""]
    if (config.option.nbval or config.option.nbval_lax) and not files and not folders:
        folders = [NOTEBOOKS]
    return files + [path for folder in folders for path in sorted(folder.glob("*.ipynb"))], folders


def pytest_configure(config: pytest.Config) -> None:
    # xdist's workers see only their own share
    if hasattr(config, "workerinput"):
        return
    asked, folders = asked_notebooks(config)
    if asked or folders:
        # a plugin of its own: hooks in this file would not see reports of items outside tests/
        config.pluginmanager.register(NotebookGuard(asked, folders), "notebook-guard")
