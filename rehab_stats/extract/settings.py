"""extract.yaml: what the owner of an extract states beside the tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml

from rehab_stats.extract.columns import TABLES
from rehab_stats.extract.convert import FALSE, MISSING, TRUE
from rehab_stats.extract.offences import Offences, suggest

META_KEYS = ("extract_date", "source", "synthetic", "scenario", "seed", "registration")
META_REQUIRED = ("extract_date", "source", "synthetic", "registration")
REGISTERED = ("referrals",)  # tables whose registration period must be stated


@dataclass(frozen=True)
class ExtractMeta:
    """What extract.yaml says of an extract.

    Attributes
    ----------
    extract_date : pandas.Timestamp
        The day the data were drawn; nothing in the tables may lie after it but planned appointments and
        forms not yet due.
    source : str
        Where the data come from, in words.
    synthetic : bool
        Whether the persons are invented. Only synthetic extracts may leave results inside the repository.
    registration : mapping
        Table -> (registered_from, registered_to): the days between which its rows were registered, both included.
        `registered_to` may be None (still open). Earlier rows are unseen. `referrals` is always there; `courses`,
        `appointments` and `forms` only where they are stated (`Extract.registered` knows what holds without).
    scenario, seed
        Which mechanism wrote a synthetic extract ("" and None otherwise).
    """

    extract_date: pd.Timestamp
    source: str
    synthetic: bool
    registration: Mapping[str, tuple[pd.Timestamp, pd.Timestamp | None]]
    scenario: str = ""
    seed: int | None = None

    def registered(self, table: str = "referrals") -> tuple[pd.Timestamp, pd.Timestamp]:
        """First and last day on which rows of a table are seen; without a last day the extract date is it.

        KeyError for a table of which extract.yaml states no period.
        """
        first, last = self.registration[table]
        return first, min(last, self.extract_date) if last is not None else self.extract_date


class _OnceLoader(yaml.BaseLoader):
    """YAML with every scalar left as text (`no` is a value here, not false) and no key given twice."""


def _once(loader: yaml.BaseLoader, node: yaml.MappingNode, deep: bool = False) -> dict:
    seen: dict = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.YAMLError("a key is no text")
        if key in seen:
            raise yaml.YAMLError(f"the key {key!r} is given twice (line {key_node.start_mark.line + 1})")
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_OnceLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _once)


def read_yaml(data: bytes, *, rule: str, name: str, offences: Offences) -> dict[str, Any] | None:
    """The keys of a YAML file, scalars as text; None (and an offence under `rule`) when it is no YAML mapping."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    try:
        read = yaml.load(text, Loader=_OnceLoader)  # a BaseLoader: it makes only texts, lists and dicts
    except yaml.MarkedYAMLError as error:
        line = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        offences.add(rule, name, "", f"The file is no valid YAML{line}: {error.problem}.")
        return None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        offences.add(rule, name, "", f"The file is no valid YAML: {error}.".splitlines()[0])
        return None
    if not isinstance(read, dict):
        offences.add(rule, name, "", "The file holds no keys (such as key: value).")
        return None
    return read


def read_meta(data: bytes, *, offences: Offences) -> ExtractMeta | None:
    """extract.yaml as ExtractMeta; None (and an offence for every fault) when it breaks the contract."""
    before = len(offences.found)
    read = read_yaml(data, rule="meta_invalid", name="extract.yaml", offences=offences)
    if read is None:
        return None
    for key in read:
        if key not in META_KEYS:
            offences.add("meta_unknown", "extract.yaml", key, f"There is no key {key!r}{suggest(key, META_KEYS)}.")
    for key in META_REQUIRED:
        if key not in read:
            offences.add("meta_missing", "extract.yaml", key, f"The key {key} is missing.")
    extract_date = _date(read, "extract_date", "extract.yaml", offences)
    source = _text(read, "source", offences)
    synthetic = read_flag(read, "synthetic", "meta_invalid", "extract.yaml", offences)
    registration = _registration(read.get("registration"), offences) if "registration" in read else {}
    scenario = _text(read, "scenario", offences)
    seed = _seed(read, offences)
    if len(offences.found) > before:
        return None
    return ExtractMeta(extract_date, source, synthetic, registration, scenario, seed)


def _date(read: Mapping, key: str, place: str, offences: Offences, *, optional: bool = False) -> pd.Timestamp | None:
    if key not in read or (optional and str(read[key]).strip().lower() in (*MISSING, "~")):
        return None
    try:
        return pd.Timestamp(dt.date.fromisoformat(read[key]))
    except (ValueError, TypeError):
        said = f"{key} is no day written like 2013-06-30."
        offences.add("meta_invalid", "extract.yaml", place if place != "extract.yaml" else key, said)
        return None


def _text(read: Mapping, key: str, offences: Offences) -> str:
    value = read.get(key, "")
    if not isinstance(value, str) or (key in META_REQUIRED and key in read and not value.strip()):
        offences.add("meta_invalid", "extract.yaml", key, f"{key} is no text.")
        return ""
    return value


def read_flag(read: Mapping, key: str, rule: str, name: str, offences: Offences) -> bool:
    """A true or false value under a key (false when absent), noted under `rule` when it is neither."""
    value = str(read.get(key, "false")).strip().lower()
    if value not in TRUE + FALSE:
        offences.add(rule, name, key, f"{key} is neither true nor false.")
    return value in TRUE


def _seed(read: Mapping, offences: Offences) -> int | None:
    value = read.get("seed", "")
    if value == "" or str(value).lower() in MISSING:
        return None
    if not isinstance(value, str) or not value.isdecimal():
        offences.add("meta_invalid", "extract.yaml", "seed", "seed is no whole number.")
        return None
    return int(value)


def _registration(read: Any, offences: Offences) -> dict[str, tuple[pd.Timestamp, pd.Timestamp | None]]:
    if not isinstance(read, dict):
        offences.add("meta_invalid", "extract.yaml", "registration", "registration has no keys (such as referrals).")
        return {}
    for table in REGISTERED:
        if table not in read:
            said = f"registration has no period for {table}."
            offences.add("meta_missing", "extract.yaml", f"registration.{table}", said)
    for table in read:
        if table not in TABLES:
            said = f"There is no table {table!r}{suggest(table, TABLES)}."
            offences.add("meta_unknown", "extract.yaml", f"registration.{table}", said)
    return {table: _period(table, period, offences) for table, period in read.items()}


def _period(table: str, period: Any, offences: Offences) -> tuple[pd.Timestamp, pd.Timestamp | None]:
    place = f"registration.{table}"
    if not isinstance(period, dict):
        offences.add("meta_invalid", "extract.yaml", place, "A period has the keys registered_from and registered_to.")
        return pd.NaT, None
    for key in period:
        if key not in ("registered_from", "registered_to"):
            said = f"There is no key {key!r}{suggest(key, ('registered_from', 'registered_to'))}."
            offences.add("meta_unknown", "extract.yaml", f"{place}.{key}", said)
    if "registered_from" not in period:
        offences.add("meta_missing", "extract.yaml", f"{place}.registered_from", "The key registered_from is missing.")
    first = _date(period, "registered_from", f"{place}.registered_from", offences)
    last = _date(period, "registered_to", f"{place}.registered_to", offences, optional=True)
    if first is not None and last is not None and last < first:
        offences.add("meta_invalid", "extract.yaml", place, "registered_to is before registered_from.")
    return first, last
