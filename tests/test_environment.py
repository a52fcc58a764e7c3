"""One set of pins in four places: pyproject.toml, environment.yml, requirements.lock and what is installed."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
CONDA = yaml.safe_load((REPOSITORY / "environment.yml").read_text(encoding="utf-8"))
# conda resolves these itself, and compiled code from two sources in one environment is what breaks
FROM_CONDA = {
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "matplotlib",
    "lifelines",
    "pyarrow",
    "jupyterlab",
    "papermill",
}


def normal(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(requirements: list[str]) -> dict[str, str]:
    """name -> version of requirements written `name==version`; any other way of writing is an error."""
    matches = [re.fullmatch(r"([\w.-]+)==([\w.]+)", requirement.strip()) for requirement in requirements]
    assert all(matches), f"not pinned: {[r for r, match in zip(requirements, matches, strict=True) if not match]}"
    return {normal(match[1]): match[2] for match in matches}


PINS = read_pins(PROJECT["dependencies"] + [pin for pins in PROJECT["optional-dependencies"].values() for pin in pins])
LOCKED = {normal(match[1]): match[2] for match in re.finditer(r"^([\w.-]+)==([\w.]+)", LOCK, re.MULTILINE)}


def conda_pins() -> dict[str, str]:
    """name -> what environment.yml asks of conda."""
    plain = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
    return {normal(name): version for name, _, version in (entry.partition(" ") for entry in plain)}


@pytest.mark.parametrize("name", sorted(PINS))
def test_installed_version_is_the_pinned_one(name):
    assert metadata.version(name) == PINS[name]


@pytest.mark.parametrize("name", sorted(PINS))
def test_lock_holds_the_pin(name):
    assert LOCKED[name] == PINS[name]


def test_conda_pins_equal_pyproject():
    pins = conda_pins()
    assert pins.pop("python") == PROJECT["requires-python"]
    assert pins.pop("pip") == ""
    assert pins == {name: f"={PINS[name]}" for name in pins}
    assert set(pins) >= FROM_CONDA


def test_conda_leaves_the_rest_to_pip():
    assert [entry for entry in CONDA["dependencies"] if isinstance(entry, dict)] == [{"pip": ["-e .[dev,real]"]}]


def test_each_locked_package_has_hashes_and_an_exact_version():
    for entry in re.split(r"\n(?=\S)", LOCK.strip()):
        assert re.match(r"[\w.-]+==[\w.]+( ;.*)? \\\n", entry), entry.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]


def test_lock_names_no_host_and_no_option():
    assert "://" not in LOCK
    assert not re.search(r"^\s*--(?!hash=)|@ |^-", LOCK, re.MULTILINE)


def test_makefile_refuses_the_same_pythons():
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in (REPOSITORY / "Makefile").read_text(encoding="utf-8")
