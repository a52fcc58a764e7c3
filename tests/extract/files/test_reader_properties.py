"""Whatever is done to a valid extract, it is read whole or refused by name; few examples, always the same ones."""

import csv
import io
import tempfile
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehab_stats.extract.columns import TABLES
from rehab_stats.extract.contract import ContractError
from rehab_stats.extract.convert import MISSING
from rehab_stats.extract.files.reader import check_extract, load_extract

from ..conftest import Folder, valid_tables

FEW = settings(max_examples=30, derandomize=True, deadline=None, database=None)
FEWER = settings(FEW, max_examples=20)
NO_COLUMN_AT_FAULT = {"ragged_row", "unclosed_quote", "file_unreadable", "line_break"}
#: Rules between two cells: the changed one may be the other one.
BLAME_THE_OTHER_SIDE = {
    *("diagnosis_after_death", "referral_after_death", "death_before_birth", "impossible_age", "birth_disagrees"),
    *("orphan_id", "duplicate_key", "course_unknown", "course_of_another", "attended_after_death"),
}
PLACES = [(name, column) for name, frame in valid_tables().items() for column in frame]
RUBBISH = st.sampled_from(
    [
        "",
        ".",
        "x",
        "-1",
        "99999",
        "1.5",
        "2031-01-01",
        "1700-05-05",
        "03-04-2011",
        "14-03-99",
        "C50",
        "female",
        "p01",
        "r1",
    ]
) | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)


def fresh_folder() -> Folder:
    return Folder(Path(tempfile.mkdtemp()) / "extract")


@pytest.fixture(scope="module")
def plain():
    """The valid extract as read from plain CSV files."""
    return load_extract(fresh_folder().write())


def read_or_refuse(folder: Folder):
    """The extract (None when refused) and everything found in it; any error but a ContractError gets out."""
    try:
        extract = load_extract(folder.path)
    except ContractError as error:
        return None, error.offences
    return extract, extract.findings


@FEW
@given(place=st.sampled_from(PLACES), row=st.integers(0, 99), rubbish=RUBBISH)
def test_a_changed_cell_is_named_or_read_as_it_stands(place, row, rubbish):
    table, column = place
    folder = fresh_folder()
    row = row % len(folder.tables[table])
    folder.tables[table].loc[row, column] = rubbish
    folder.write()
    extract, found = read_or_refuse(folder)
    named = found[(found["table"] == table) & ((found["column"] == column) | found["rule"].isin(NO_COLUMN_AT_FAULT))]
    if extract is None:
        errors = set(found.loc[found["severity"] == "error", "rule"])
        assert errors
        assert len(named) or errors <= BLAME_THE_OTHER_SIDE
    else:
        assert len(named) or says_the_same(extract[table].loc[row, column], rubbish)


def says_the_same(cell, text: str) -> bool:
    """Whether a cell as read is the text as written (going by the text, not by the reader)."""
    bare = text.strip()
    if pd.isna(cell):
        return bare.lower() in MISSING
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d}" == bare
    if isinstance(cell, bool):
        return str(cell).lower() == {"1": "true", "0": "false"}.get(bare.lower(), bare.lower())
    if isinstance(cell, str):
        return cell.casefold() == bare.casefold()
    return float(cell) == float(bare)


@FEW
@given(
    table=st.sampled_from(list(TABLES)),
    kind=st.sampled_from(["code", "date", "id", "count", "amount", "column"]),
    row=st.integers(0, 99),
    also=st.booleans(),
)
def test_what_is_planted_is_named(table, kind, row, also):
    folder = fresh_folder()
    frame = folder.tables[table]
    row = row % len(frame)
    columns = [column for column in TABLES[table].columns if column.kind == kind and column.name in frame]
    expected = set()
    for column in columns:
        frame.loc[row, column.name] = {"id": "", "code": "no such code", "date": "2011-02-31"}.get(kind, "many")
        if kind != "id" or column.missing:
            expected.add((table, column.name))
    if kind == "column":
        lost = [column.name for column in TABLES[table].columns if column.required][row % 3]
        del frame[lost]
        expected.add((table, lost))
    if also:
        folder.tables["diagnoses"]["diagnosis_date"] = "1-1-11"
        expected.add(("diagnoses", "diagnosis_date"))
    folder.write()
    if not expected:
        load_extract(folder.path)
        return
    with pytest.raises(ContractError) as caught:
        load_extract(folder.path)
    errors = caught.value.offences.query("severity == 'error'")
    assert expected <= set(zip(errors["table"], errors["column"], strict=True))
    if not also and kind not in ("id", "column"):
        assert set(errors["count"]) == {1}
        assert set(errors["rows"]) == {(row + 2,)}


@FEW
@given(
    parquet=st.booleans(),
    file=st.integers(0, 9),
    at=st.floats(0, 1, exclude_max=True),
    lost=st.integers(0, 40),
    new=st.binary(max_size=4) | st.text(',;"\n\r:{}[]-.æ', max_size=4).map(str.encode),
)
def test_damaged_bytes_are_refused_by_name_or_harmless(plain, parquet, file, at, lost, new):
    folder = fresh_folder()
    folder.mapping = "day_first: true\nvalues:\n  persons: {sex: {K: female}}\n"
    folder.write()
    if parquet:
        for name in plain:
            plain[name].to_parquet(folder.path / f"{name}.parquet")
            (folder.path / f"{name}.csv").unlink()
    files = sorted(folder.path.iterdir())
    damaged = files[file % len(files)]
    data = damaged.read_bytes()
    cut = int(at * len(data))
    damaged.write_bytes(data[:cut] + new + data[cut + lost :])
    extract, found = read_or_refuse(folder)  # any error but a ContractError fails here
    assert extract is not None or "error" in set(found["severity"])


@FEWER
@given(
    sep=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"]),
    lines=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    decimal=st.sampled_from([".", ","]),
    layout=st.sampled_from(["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y"]),
    truth=st.sampled_from([("true", "false"), ("1", "0"), ("ja", "nej"), ("Yes", "No"), ("TRUE", "FALSE")]),
    missing=st.sampled_from(["", "NA", ".", "NULL"]),
)
def test_every_dialect_gives_the_same_tables(plain, sep, encoding, lines, quoting, decimal, layout, truth, missing):
    folder = fresh_folder()
    folder.mapping = "day_first: true\n"
    folder.write()
    for name in plain:
        frame = plain[name]
        for column in frame.select_dtypes("boolean"):
            frame[column] = frame[column].map({True: truth[0], False: truth[1]})
        text = frame.to_csv(
            index=False,
            sep=sep,
            quoting=quoting,
            decimal=decimal,
            date_format=layout,
            na_rep=missing,
            lineterminator=lines,
        )
        (folder.path / f"{name}.csv").write_bytes(text.encode(encoding))
    read = load_extract(folder.path)
    for name in plain:
        pd.testing.assert_frame_equal(read[name], plain[name])


@FEW
@given(
    changes=st.lists(
        st.tuples(st.sampled_from(["blank", "short", "long", "copy", "quote", "break"]), st.integers(0, 99)), max_size=4
    ),
    ends=st.sampled_from(["", "\n", "\n\n"]),
)
def test_no_row_is_lost_silently(changes, ends):
    folder = fresh_folder()
    lines = folder.tables["persons"].to_csv(index=False).splitlines()
    for change, place in changes:
        at = 1 + place % (len(lines) - 1)
        line = lines[at]
        changed = {
            "blank": ["", line],
            "short": [line.rsplit(",", 1)[0] if "," in line else line],
            "long": [line + ",x"],
            "copy": [line, line],
            "quote": [line.replace("danish", '"danish"')],
            "break": [line.replace("retired", '"re\ntired"')],
        }
        lines[at : at + 1] = changed[change]
    text = "\n".join(lines) + ends
    folder.extra["persons.csv"] = text.encode()
    folder.write()
    in_file = list(csv.reader(io.StringIO(text)))[1:]  # the standard library's own reading
    fields = len(lines[0].split(","))
    report = check_extract(folder.path)
    found = pd.concat([frame for frame in (report.offences, report.findings) if len(frame)] or [report.findings])
    found = found[found["table"] == "persons"]
    told = Counter(dict(zip(found["rule"], found["count"], strict=True)))
    assert report.rows["persons"] == len(in_file)
    assert told["blank_row"] == sum(not any(row) for row in in_file)
    assert told["ragged_row"] == sum(bool(row) and any(row) and len(row) != fields for row in in_file)
    if report.ok:
        assert len(load_extract(folder.path)["persons"]) == len(in_file) - told["blank_row"]
