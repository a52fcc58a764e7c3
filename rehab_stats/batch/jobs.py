"""What a batch run will do: notebooks, parameters and folders, checked together before anything starts."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from rehab_stats.batch.grids import grid_sets
from rehab_stats.batch.parameters import (
    NOTEBOOKS,
    REPOSITORY,
    Notebook,
    ParameterError,
    find_notebook,
    parameters_cell_offences,
    validate_parameters,
)
from rehab_stats.extract.files.reader import check_extract, load_extract
from rehab_stats.extract.offences import Offences
from rehab_stats.extract.settings import read_meta
from rehab_stats.words import did_you_mean

SET_NAME = re.compile(r"[^\W_][\w-]*")
"""Letters of any alphabet: municipalities have names such as Rødovre."""


@dataclass(frozen=True)
class Job:
    """One notebook, one set of parameters, one place for the results.

    Attributes
    ----------
    notebook : Notebook
    parameters : dict
        What differs from the defaults, `output` not among them.
    folder : Path
        Where the results go.
    set_name : str
        Name of the set of parameters, when there are several.
    key : str
        Checksum of all that the results depend on: parameters, notebook, code, pins, data.
    stored : bool
        Whether the executed notebook takes the place of the notebook itself.
    """

    notebook: Notebook
    parameters: dict[str, Any]
    folder: Path
    set_name: str = ""
    key: str = ""
    stored: bool = False

    @property
    def staging(self) -> Path:
        """Hidden folder that holds the results until all of them are there; another process has another one."""
        return self.folder / f".{self.notebook.name}.{os.getpid()}.partial"

    @property
    def abandoned(self) -> list[Path]:
        """Such folders of processes that are no more."""
        found = self.folder.glob(f".{self.notebook.name}.*.partial")
        pids = {path: path.suffixes[-2].removeprefix(".") for path in found}
        return [path for path, pid in pids.items() if pid.isdecimal() and not _is_alive(int(pid))]

    @property
    def record(self) -> Path:
        """File that tells what was run and which files it made."""
        return self.folder / f"{self.notebook.name}.run.json"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # somebody else's
    return True


def read_parameter_file(path: str | Path) -> dict[str, Any]:
    """A YAML file of parameters: `{notebook: {parameter: value}}`, with `all` for every notebook.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict
        As `run_notebooks` takes it.

    Raises
    ------
    ParameterError
        When the file cannot be read, is not YAML, or is not a mapping.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError([f"{path} cannot be read: {error.strerror}"]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        place = getattr(error, "problem_mark", None)
        raise ParameterError([f"{path} is not YAML{f' (line {place.line + 1})' if place else ''}"]) from None
    if not isinstance(content, Mapping):
        raise ParameterError([f"{path} should hold notebook names with their parameters below them"])
    return dict(content)


def plan_jobs(
    names: Sequence[str],
    parameters: Mapping[str, Any],
    out: str | Path,
    *,
    registry: Mapping[str, Notebook] = NOTEBOOKS,
) -> list[Job]:
    """Jobs of a batch run, all checked.

    Parameters
    ----------
    names : sequence of str
        Notebooks; empty: all of the registry.
    parameters : mapping
        See `rehab_stats.batch.runner.run_notebooks`.
    out : str or Path
        Folder of the results.
    registry : mapping of str to Notebook

    Returns
    -------
    list of Job

    Raises
    ------
    ParameterError
        With every offence of every notebook: unknown names, parameters that the model refuses, a parameters cell that
        disagrees with its model, a missing module or extract, results of real persons inside the repository.
    ContractError
        When an extract breaks the contract.
    ValueError
        When an extract lacks what a notebook needs.
    """
    out = Path(out).expanduser().resolve()
    chosen, offences = _chosen(names, registry)
    sets, more = _parameter_sets(parameters, chosen, registry)
    offences += more
    for book in chosen:
        offences += _unrunnable(book)
    jobs = []
    refused: dict[str, list[str]] = {}
    for book, name, given in sets:
        try:
            model = validate_parameters(book.name, given, registry=registry)
            settings = model.model_dump(exclude_defaults=True)
            settings |= _located(settings)
            jobs.append(Job(book, settings, out / name, name))
        except ParameterError as error:
            for offence in error.offences:
                refused.setdefault(offence, []).append(name)
    offences += [_in_sets(offence, names) for offence, names in refused.items()]
    offences += [offence for job in jobs for offence in (*_misplaced(job), *_horizon_too_long(job))]
    if offences:
        raise ParameterError(dict.fromkeys(offences))
    _refuse_extracts(jobs)
    return _with_keys(jobs)


def _in_sets(offence: str, names: Sequence[str]) -> str:
    """An offence with the sets that it is in, said once however many they are."""
    named = [name for name in names if name]
    if not named:
        return offence
    return f"{offence} (set {named[0]!r}{f' and {len(named) - 1} more' if len(named) > 1 else ''})"


def _chosen(names: Sequence[str], registry: Mapping[str, Notebook]) -> tuple[list[Notebook], list[str]]:
    """Notebooks named, each once."""
    chosen, offences = {}, []
    for name in names or registry:
        try:
            book = find_notebook(name, registry=registry)
            chosen[book.name] = book
        except ParameterError as error:
            offences += error.offences
    return list(chosen.values()), offences


def _unrunnable(book: Notebook) -> list[str]:
    """Why a notebook could not run whatever its parameters."""
    if not book.path.is_file():
        return [f"{book.name}: there is no {book.path}"]
    missing = [module for module in book.needs if importlib.util.find_spec(module) is None]
    if missing:
        return [f"{book.name} needs {', '.join(missing)}: install the extra, pip install -e '.[real]'"]
    return parameters_cell_offences(book)


def _parameter_sets(
    parameters: Mapping[str, Any], chosen: Sequence[Notebook], registry: Mapping[str, Notebook]
) -> tuple[list[tuple[Notebook, str, dict[str, Any]]], list[str]]:
    """(notebook, name of the set, parameters) for each run, with what `all` gives to the notebooks that know it."""
    common, own, offences = {}, {}, []
    for key, value in parameters.items():
        if key == "all":
            common = value
        else:
            try:
                name = find_notebook(_as_written(key), registry=registry).name
            except ParameterError:
                hint = did_you_mean(str(key), [*registry, "all"])
                offences.append(f"{key!r} in the parameters is not a notebook{hint}")
                continue
            offences += [f"{name} stands twice in the parameters, once as {key!r}"] if name in own else []
            own[name] = value
    if not isinstance(common, Mapping):
        return [], [*offences, "'all' should hold parameters with their values"]
    known = {name for book in chosen or registry.values() for name in book.model.model_fields}
    offences += [
        f"all: {key!r} is not a parameter{did_you_mean(str(key), known)}" for key in common if key not in known
    ]

    sets = []
    for book in chosen:
        shared = {key: value for key, value in common.items() if key in book.model.model_fields}
        named, more = _named_sets(book.name, own.get(book.name) or {})
        offences += more
        for name, given in named:
            if "output" in shared | given:
                offences.append(f"{book.name}: output is set by the run itself, give the folder as --out")
            sets.append((book, name, shared | given))
    return sets, offences


def _as_written(key: object) -> str:
    """The number of a notebook, which YAML reads as a whole number, with its nought."""
    return f"{key:02d}" if isinstance(key, int) and not isinstance(key, bool) else str(key)


def _named_sets(notebook: str, given: Any) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """One set without a name, or several with different names; a grid stands for every combination of its values."""
    if isinstance(given, Mapping) and "grid" in given:
        return grid_sets(notebook, given)
    if isinstance(given, Mapping):
        return [("", dict(given))], []
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(isinstance(one, Mapping) for one in given):
        return [], [f"{notebook}: should hold parameters with their values, or a list of such sets"]
    sets, offences, seen = [], [], set()
    for position, one in enumerate(given, start=1):
        name = one.get("name")
        if not isinstance(name, str) or not SET_NAME.fullmatch(name):
            offences.append(f"{notebook}: set {position} needs a name of letters, digits, - and _")
        elif name in seen:
            offences.append(f"{notebook}: two sets are named {name!r}")
        else:
            own = {key: value for key, value in one.items() if key != "name"}
            found, more = grid_sets(notebook, own, name) if "grid" in own else ([(name, own)], [])
            sets, offences = sets + found, offences + more
            seen.add(name)
    return sets, offences


def _located(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Folders as absolute paths: kernels run elsewhere."""
    named = [name for name in ("extract", "lists") if settings.get(name)]
    return {name: str(Path(settings[name]).expanduser().resolve()) for name in named}


def _misplaced(job: Job) -> list[str]:
    """Why this job must not be run to this place."""
    if job.folder == job.notebook.path.parent:
        return [f"results in {job.folder} would overwrite the notebooks: give another folder as --out"]
    extract, lists = job.parameters.get("extract"), job.parameters.get("lists")
    if lists and Path(lists).is_relative_to(job.folder):
        return [f"{job.notebook.name}: lists = {lists} lies in the folder of the results, and the lists stay inside"]
    if not extract:
        return []
    try:
        synthetic = is_synthetic(extract)
    except ParameterError as error:
        return list(error.offences)
    if not synthetic and job.folder.is_relative_to(REPOSITORY):
        inside = f"{extract} is not marked synthetic, and {job.folder} lies inside the repository"
        return [f"{inside}: give a folder outside as --out"]
    if not synthetic and lists and Path(lists).is_relative_to(REPOSITORY):
        return [f"{extract} is not marked synthetic, and lists = {lists} lies inside the repository"]
    return []


def _horizon_too_long(job: Job) -> list[str]:
    """Whether nobody could be followed over the horizon; an extract.yaml that does not hold is refused elsewhere."""
    known = job.notebook.model.model_fields.get("horizon_days")
    file = folder_of(job.parameters.get("extract") or job.notebook.extract) / "extract.yaml"
    meta = read_meta(file.read_bytes(), offences=Offences()) if known and file.is_file() else None
    if meta is None:
        return []
    horizon = job.parameters.get("horizon_days", known.default)
    first, last = meta.registered()
    days = (last - first).days
    if horizon <= days:
        return []
    return [f"{job.notebook.name}: horizon_days = {horizon} is more than the {days} days of registration in {file}"]


def _refuse_extracts(jobs: Sequence[Job]) -> None:
    """Refuse extracts that do not hold, or lack what a notebook needs; the default extract is tested elsewhere."""
    for extract in sorted({job.parameters["extract"] for job in jobs if job.parameters.get("extract")}):
        report = check_extract(extract)
        if not report.ok:
            load_extract(extract)
        why_not = dict(zip(report.notebooks["notebook"], report.notebooks["why"], strict=True))
        names = [job.notebook.name for job in jobs if job.parameters.get("extract") == extract]
        lacking = [f"{name} cannot run on {extract}: {why_not[name]}" for name in names if why_not.get(name)]
        if lacking:
            raise ValueError("\n".join(dict.fromkeys(lacking)))


def is_synthetic(extract: str | Path) -> bool:
    """Whether an extract's own extract.yaml says `synthetic: true`; anything else counts as real persons.

    Parameters
    ----------
    extract : str or Path
        Folder of the extract, or its one workbook or database.

    Returns
    -------
    bool

    Raises
    ------
    ParameterError
        When there is no such folder, or no extract.yaml in it that can be read.
    """
    folder = folder_of(extract)
    if not Path(extract).exists():
        raise ParameterError([f"there is no folder {extract}"])
    if not (folder / "extract.yaml").is_file():
        raise ParameterError([f"{folder} holds no extract.yaml, so it is not an extract"])
    return read_parameter_file(folder / "extract.yaml").get("synthetic") is True


def folder_of(extract: str | Path) -> Path:
    """The folder of an extract that is given as a folder, or as the one workbook or database in it."""
    path = Path(extract)
    return path.parent if path.is_file() else path


def _with_keys(jobs: Iterable[Job]) -> list[Job]:
    """The jobs with their keys; each folder is read once."""
    code = code_checksum()
    printed = (REPOSITORY / "data" / "published", REPOSITORY / "tests" / "reference")  # notebooks compare with them
    data: dict[str, str] = {}
    keyed = []
    for job in jobs:
        folder = str(folder_of(job.parameters.get("extract") or job.notebook.extract))
        if folder not in data:
            data[folder] = _checksum([path for place in (folder, *printed) for path in sorted(Path(place).rglob("*"))])
        parts = [job.parameters, _notebook_code(job.notebook.path), code, data[folder], sys.version]
        key = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
        keyed.append(replace(job, key=key))
    return keyed


def code_checksum() -> str:
    """SHA-256 of the package's source and of the pins.

    Returns
    -------
    str
    """
    return _checksum([*sorted((REPOSITORY / "rehab_stats").rglob("*.py")), REPOSITORY / "requirements.lock"])


def _checksum(paths: Iterable[Path]) -> str:
    """SHA-256 over names and bytes of the files among the paths."""
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _notebook_code(path: Path) -> list[str]:
    """Sources of a notebook's cells: its stored outputs change nothing in a run."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells]
