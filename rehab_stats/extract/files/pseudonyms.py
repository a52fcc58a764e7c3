"""Ids replaced by keyed hashes: the same person is the same in every table, and nobody can be found without the key.

A hash without a key would not do: there are so few CPR numbers that all of them can be hashed and compared.
"""

from __future__ import annotations

import hmac
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from rehab_stats.extract.columns import TABLES
from rehab_stats.extract.convert import MISSING, TextColumn, looks_like_cpr, tidy_text
from rehab_stats.extract.files.folder import MAPPING_FILE, META_FILE
from rehab_stats.extract.files.mapping import MappingFile
from rehab_stats.extract.files.raw_tables import RawTable
from rehab_stats.extract.files.reader import read_texts
from rehab_stats.extract.offences import Offences

SHORTEST_KEY = 16
"""Bytes."""
_ALIKE = {"parent_referral_id": "referral_id"}  # columns that hold ids of the same kind


def pseudonymise(frames: Mapping[str, pd.DataFrame], *, columns: Sequence[str], key: bytes) -> dict[str, pd.DataFrame]:
    """Tables with the ids in some columns replaced by pseudonyms.

    A pseudonym is "p" and the first 128 bits of HMAC-SHA256(key, kind of id and id) in hexadecimal. Columns of one name
    hold ids of one kind, in every table (`parent_referral_id` those of `referral_id`), so that tables still fit
    together; ids of different kinds that happen to be equal get different pseudonyms. Where a column of a kind looks
    like CPR numbers, 010150-1234, 0101501234 and the number 101501234 are one person.

    Whoever has the key can make the pseudonyms again from the ids: keep it apart from the data, or destroy it. Other
    columns are not looked at: dates and rare codes may still tell who somebody is.

    Parameters
    ----------
    frames : mapping
        Table name -> DataFrame; ids are text or whole numbers, missing ones stay missing.
    columns : sequence of str
        The columns to replace wherever they occur.
    key : bytes
        At least 16; random ones (`secrets.token_bytes(32)`), not a word.

    Returns
    -------
    dict
        Copies; the input is not changed.

    Raises
    ------
    ValueError
        A key that is too short, or a column that no table has. Checked in tests/extract/files/test_pseudonyms.py.
    """
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"the key has fewer than {SHORTEST_KEY} bytes: short keys can be guessed")
    lost = [name for name in columns if not any(name in frame for frame in frames.values())]
    if lost:
        raise ValueError(f"no table has a column {', '.join(lost)}")
    made = {table: frame.copy() for table, frame in frames.items()}
    kinds: dict[str, list[tuple[str, str]]] = {}
    for table, frame in frames.items():
        for name in (name for name in columns if name in frame):
            kinds.setdefault(_ALIKE.get(name, name), []).append((table, name))
    for kind, places in kinds.items():
        texts = {place: _texts(frames[place[0]][place[1]]) for place in places}
        are_cpr = any(looks_like_cpr(_distinct(column)) for column in texts.values())
        for (table, name), column in texts.items():
            made[table][name] = _replaced(column, kind, key, are_cpr)
    return made


def _texts(column: pd.Series) -> pd.Series:
    """Ids as texts, missing as missing; a whole number has no decimals."""
    texts = column.map(_whole, na_action="ignore").astype("string").str.strip()
    return texts.mask(texts.str.lower().isin(MISSING))


def _whole(value: object) -> object:
    """A whole number without decimals, however it was stored: 7.0 and 7 are one id."""
    if isinstance(value, float) and not value.is_integer():
        raise ValueError("an id is a number with decimals: ids must be texts or whole numbers")
    return int(value) if isinstance(value, float) else value


def _distinct(column: pd.Series) -> TextColumn:
    codes, found = pd.factorize(column.fillna("").astype(object))
    return TextColumn(found, codes)


def _replaced(column: pd.Series, kind: str, key: bytes, are_cpr: bool) -> pd.Series:
    made = {}
    for text in column.dropna().unique():
        plain = text.replace("-", "").replace(" ", "").zfill(10) if are_cpr else text
        made[text] = "p" + hmac.new(key, f"{kind}\0{plain}".encode(), sha256).hexdigest()[:32]
    return column.map(made).astype("string")


def pseudonymise_folder(folder: str | Path, out: str | Path, *, key: bytes, mapping: str | Path = "") -> list[str]:
    """Write the tables of a folder to another one, with every id of the contract replaced; whole or not at all.

    Columns come under the contract's names, and only those of the contract: what it does not know could name a person.
    Their values stay as they are, so that a mapping file that translates them goes along, without its names of files
    and columns. Files are Parquet, texts as texts.

    Parameters
    ----------
    folder : str or Path
        An extract in any format that `load_extract` reads, CPR numbers and all.
    out : str or Path
        A folder that does not exist or is empty, not inside `folder`.
    key, mapping
        As in `pseudonymise` and `load_extract`.

    Returns
    -------
    list of str
        One line per table written, and per file, sheet or column left out; no value of the data is in them.

    Raises
    ------
    ValueError
        A key that is too short, a place that will not do, a table that cannot be read, or a column other than the ids
        that holds CPR numbers. ContractError where files cannot be read.
    """
    folder, out = Path(folder), Path(out)
    check_places(folder, out)
    tables, stated, offences = read_texts(folder, mapping=mapping)
    offences.stop(f"The extract in {folder}")
    _refuse_cpr(tables)
    frames = {name: _frame(raw, name, stated) for name, raw in tables.items()}
    ids = {name for table in tables for name in frames[table] if TABLES[table].by_name[name].kind == "id"}
    made = pseudonymise(frames, columns=sorted(ids), key=key)
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        _write(unfinished, made, folder, stated)
        if out.exists():
            out.rmdir()
        unfinished.rename(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return _report(made, tables, offences)


def check_places(folder: Path, out: Path) -> None:
    """Refuse (ValueError) a folder that is not there, and a place where something would be overwritten or mixed."""
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"{out} is not empty, and nothing in it is overwritten: give a new folder")
    if out.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{out} lies inside {folder}: pseudonyms are kept apart from the ids")


def _refuse_cpr(tables: Mapping[str, RawTable]) -> None:
    for table, raw in tables.items():
        for name, column in raw.columns.items():
            known = TABLES[table].by_name.get(name)
            if known is not None and known.kind != "id" and looks_like_cpr(column):
                raise ValueError(f"{table}.{name} holds CPR numbers and is no column of ids: take them out first")


def _frame(raw: RawTable, table: str, stated: MappingFile) -> pd.DataFrame:
    """The contract's columns of a table, each as its file had it: numbers, days or texts; ids already translated."""
    known = TABLES[table].by_name
    columns = {}
    for name, column in raw.columns.items():
        pairs = stated.stated(table, name).values if name in known and known[name].kind == "id" else {}
        if pairs:  # a mapping of ids may not go along: it would show them
            texts = [pairs.get(tidy_text(text), text) for text in column.texts]
            column = replace(column, texts=np.array(texts, dtype=object), typed="")
        if name in known:
            columns[name] = _values(column)
    return pd.DataFrame(columns)


def _values(column: TextColumn) -> pd.Series:
    texts = pd.Series(column.texts, dtype="string").replace("", pd.NA)
    if column.typed == "number":
        numbers = pd.to_numeric(texts)
        return _take(numbers.astype("Int64") if (numbers % 1 == 0).all() else numbers.astype("Float64"), column)
    if column.typed == "date":  # in microseconds, which hold the year 9999
        days = [np.datetime64("NaT") if pd.isna(text) else np.datetime64(text.replace(" ", "T")) for text in texts]
        return _take(pd.Series(np.array(days, dtype="datetime64[us]")), column)
    return _take(texts, column)


def _take(values: pd.Series, column: TextColumn) -> pd.Series:
    return values.take(column.codes).reset_index(drop=True)


def _write(folder: Path, frames: Mapping[str, pd.DataFrame], origin: Path, stated: MappingFile) -> None:
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
    if (origin / META_FILE).is_file():
        shutil.copyfile(origin / META_FILE, folder / META_FILE)
    values = {table: _not_of_ids(table, part) for table, part in stated.values.items()}
    values = {table: part for table, part in values.items() if part}
    left = {"values": values, "dates": stated.dates, "day_first": stated.day_first, "numbers": stated.numbers}
    left = {name: part for name, part in left.items() if part}
    if left:
        text = yaml.safe_dump(left, allow_unicode=True, sort_keys=False, width=120)
        (folder / MAPPING_FILE).write_text(text, encoding="utf-8")


def _not_of_ids(table: str, part: Mapping) -> dict:
    return {column: dict(pairs) for column, pairs in part.items() if TABLES[table].by_name[column].kind != "id"}


def _report(made: Mapping[str, pd.DataFrame], tables: Mapping[str, RawTable], offences: Offences) -> list[str]:
    lines = []
    for table, frame in made.items():
        ids = [name for name in frame if TABLES[table].by_name[name].kind == "id"]
        replaced = f"replaced {', '.join(ids)}" if ids else "no ids"
        lines.append(f"{table}: {len(frame):,} rows, {replaced}")
        left = len(tables[table].columns) - frame.shape[1]
        lines += [f"{table}: {left} columns that the contract does not know are left out"] if left else []
    return lines + [found.message for found in offences.found]
