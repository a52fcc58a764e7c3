"""Reading an extract in the many ways people store one: same tables, every row, nothing guessed."""

import dataclasses
import hashlib
import io

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.contract import ContractError
from rehab_stats.extract.files.reader import check_extract, load_extract
from rehab_stats.extract.synthetic.simulate import simulate_extract, write_extract


def assert_same_tables(found, expected):
    assert list(found) == list(expected)
    for name in expected:
        pd.testing.assert_frame_equal(found[name], expected[name])


def found_rules(extract) -> list[tuple[str, str, str, int, tuple[int, ...]]]:
    columns = ["table", "column", "rule", "count", "rows"]
    return [tuple(row) for row in extract.findings[columns].itertuples(index=False)]


@pytest.fixture
def plain(folder):
    """The valid extract, read from plain CSV files."""
    return load_extract(folder.write())


def test_types_and_values(plain):
    persons = plain["persons"].set_index("person_id")
    assert persons.loc["p01", "income"] == 182000.5
    assert persons.loc["p01", "death_date"] == pd.Timestamp("2011-05-20")
    assert list(persons["cohabiting"]) == [True, False, True, False, pd.NA, True]
    assert persons["education"].cat.categories[0] == "basic"
    assert persons["education"].cat.ordered
    assert persons.loc["p04", "children_at_home"] is pd.NA
    assert pd.isna(persons.loc["p06", "origin"])
    assert plain.meta.registration == {"referrals": (pd.Timestamp("2009-01-01"), pd.Timestamp("2012-12-31"))}
    assert plain.meta.synthetic is True
    assert plain.findings.empty


@pytest.mark.parametrize("sep", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("lines", ["\n", "\r\n", "\r"])
def test_separators_encodings_and_line_endings(folder, sep, encoding, lines):
    folder.set("persons", 2, "labour_market", "førtidspensionist i Ålborg, æ")
    extract = load_extract(folder.write(encoding=encoding, sep=sep, lines=lines))
    assert extract["persons"].loc[0, "labour_market"] == "førtidspensionist i Ålborg, æ"
    assert extract["persons"].shape == (6, 15)
    assert extract.findings.empty


@pytest.mark.parametrize("sep", [",", ";"])
def test_decimal_comma(folder, plain, sep):
    frame = folder.tables["persons"]
    frame["income"] = frame["income"].str.replace(".", ",")
    assert_same_tables(load_extract(folder.write(sep=sep)), plain)


def test_stated_number_marks_are_no_matter_where_the_file_knows_the_number(folder, tmp_path):
    folder.tables["persons"]["income"] = pd.to_numeric(folder.tables["persons"]["income"])
    stream = io.BytesIO()
    folder.tables["persons"].to_parquet(stream)
    del folder.tables["persons"]
    folder.extra["persons.parquet"] = stream.getvalue()
    folder.mapping = 'numbers: {persons: {income: {decimal: ",", thousands: "."}}}\n'
    assert load_extract(folder.write())["persons"].loc[0, "income"] == 182000.5


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_a_stand_in_date_stored_as_a_timestamp_is_mapped_as_a_day(folder, plain, unit):
    persons = folder.tables["persons"]
    days = persons["death_date"].replace("", "9999-12-31").to_numpy(dtype="datetime64[s]")
    stream = io.BytesIO()
    persons.assign(death_date=days.astype(f"datetime64[{unit}]")).to_parquet(stream)
    del folder.tables["persons"]
    (folder.path / "persons.csv").unlink()
    folder.extra["persons.parquet"] = stream.getvalue()
    folder.mapping = 'values: {persons: {death_date: {"9999-12-31": ""}}}\n'
    assert_same_tables(load_extract(folder.write()), plain)


def test_a_file_that_differs_from_its_checksum_is_a_warning(folder):
    folder.write()
    sums = [
        f"{hashlib.sha256((folder.path / name).read_bytes()).hexdigest()} {mark}{name}"
        for name, mark in (("persons.csv", " "), ("diagnoses.csv", "*"), ("extract.yaml", " "))
    ]
    folder.extra["SHA256SUMS"] = "\n".join([*sums, "0" * 64 + "  absent.csv", "a line"]).encode()
    assert load_extract(folder.write()).findings.empty
    folder.extra["diagnoses.csv"] = (folder.path / "diagnoses.csv").read_bytes() + b"\n"
    rules = found_rules(load_extract(folder.write()))
    assert [(table, rule) for table, _, rule, *_ in rules if rule != "blank_row"] == [
        ("diagnoses.csv", "checksum_differs")
    ]


@pytest.mark.parametrize("layout", ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y"])
def test_day_first_dates(folder, plain, layout):
    for frame in folder.tables.values():
        for column in [name for name in frame if name.endswith(("_date", "_on", "_as_of", "from", "to"))]:
            days = pd.to_datetime(frame[column])
            frame[column] = days.dt.strftime(layout).fillna("")
    folder.mapping = "day_first: true\n"  # some columns hold no day above 12
    assert_same_tables(load_extract(folder.write()), plain)


def test_parquet_typed_and_as_text(folder, plain, tmp_path):
    typed = folder.path.parent / "typed"
    typed.mkdir()
    (typed / "extract.yaml").write_text(folder.meta)
    for name in plain:
        plain[name].to_parquet(typed / f"{name}.parquet")
    assert_same_tables(load_extract(typed), plain)
    for name, frame in folder.tables.items():
        frame.to_parquet(typed / f"{name}.parquet")
    assert_same_tables(load_extract(typed), plain)


def test_parquet_with_other_types_for_the_same_values(folder, plain):
    persons = plain["persons"].assign(
        birth_year=lambda f: f["birth_year"].astype(float),
        cohabiting=lambda f: f["cohabiting"].astype(float),  # 1.0, 0.0, missing
        birth_date=lambda f: f["birth_date"].dt.date,
        death_date=lambda f: f["death_date"].dt.tz_localize("Europe/Copenhagen"),
    )
    persons["income"] = persons["income"].astype("float32")
    diagnoses = plain["diagnoses"].assign(municipality=lambda f: f["municipality"].astype(int))
    for name, frame in (("persons", persons), ("diagnoses", diagnoses)):
        held = io.BytesIO()
        frame.to_parquet(held)
        folder.extra[f"{name}.parquet"] = held.getvalue()
        del folder.tables[name]
    (folder.path / "persons.csv").unlink()
    (folder.path / "diagnoses.csv").unlink()
    assert_same_tables(load_extract(folder.write()), plain)


def test_parquet_decimals_are_no_thousands(folder, plain):
    held = io.BytesIO()
    plain["persons"].assign(income=[182.125, 412.5, 305.250, 150.375, None, 1.125]).to_parquet(held)
    folder.extra["persons.parquet"] = held.getvalue()
    (folder.path / "persons.csv").unlink()
    del folder.tables["persons"]
    assert load_extract(folder.write())["persons"].loc[0, "income"] == 182.125


def test_danish_mapping(folder, plain):
    persons = folder.tables["persons"].rename(columns={"sex": "køn", "birth_date": "fødselsdag", "income": "indkomst"})
    persons["køn"] = persons["køn"].map({"female": "K", "male": "M"})
    persons["education"] = persons["education"].map(lambda code: "Længere" if code == "long_higher" else code)
    persons["indkomst"] = ["182.000,50", "412.000,25", "305.500", "150.000", "", "0"]
    persons["death_date"] = persons["death_date"].replace("", "31-12-9999")
    persons["death_date"] = persons["death_date"].replace({"2011-05-20": "20-05-2011", "2010-02-28": "28-02-2010"})
    persons["cohabiting"] = persons["cohabiting"].map({"true": "Ja", "false": "nej", "": "ukendt"})
    folder.tables["personer"] = persons
    del folder.tables["persons"]
    (folder.path / "persons.csv").unlink()
    folder.mapping = """\
files: {persons: personer.csv}
columns: {persons: {køn: sex, fødselsdag: birth_date, indkomst: income}}
values:
  persons:
    sex: {K: female, M: male}
    education: {Længere: long_higher}
    cohabiting: {ukendt: ""}
    death_date: {31-12-9999: ""}
numbers: {persons: {income: {decimal: ",", thousands: "."}}}
"""
    for encoding in ("utf-8", "latin-1"):
        assert_same_tables(load_extract(folder.write(encoding=encoding, sep=";")), plain)


def test_mapping_given_by_path_takes_the_place_of_the_one_in_the_folder(folder, plain, tmp_path):
    folder.mapping = "columns: {persons: {nothing: sex}}"
    folder.write()
    other = tmp_path / "other.yaml"
    other.write_text("day_first: true\n")
    assert_same_tables(load_extract(folder.path, mapping=other), plain)
    with pytest.raises(ContractError, match="nothing"):
        load_extract(folder.path)
    with pytest.raises(ContractError, match=r"gone\.yaml cannot be opened"):
        load_extract(folder.path, mapping=tmp_path / "gone.yaml")


@pytest.mark.parametrize("text", ["", " ", "NA", "n/a", "NaN", "NULL", "None", ".", "<NA>", "NaT"])
def test_missing_values(folder, text):
    for column in ("income", "origin", "death_date", "cohabiting", "comorbidity", "labour_market"):
        folder.set("persons", 2, column, text)
    persons = load_extract(folder.write())["persons"]
    assert persons.loc[0, ["income", "origin", "death_date", "cohabiting", "comorbidity", "labour_market"]].isna().all()


def test_ids_keep_leading_zeros_and_municipalities_lose_one(folder):
    for frame in (frame for frame in folder.tables.values() if "person_id" in frame):
        frame["person_id"] = frame["person_id"].str.replace("p", "00")
    folder.tables["diagnoses"]["municipality"] = ["0101", "101", "0101", "København", " 0147 ", "1084", "00101"]
    extract = load_extract(folder.write())
    assert list(extract["persons"]["person_id"][:2]) == ["0001", "0002"]
    assert list(extract["diagnoses"]["municipality"]) == ["101", "101", "101", "København", "147", "1084", "00101"]


def test_sks_codes_lose_their_prefix_and_in_situ_codes_do_not(folder):
    folder.tables["diagnoses"]["diagnosis"] = ["DC50", "dc34.1", "C61", "DC509", "DD09", "D09", "c81"]
    extract = load_extract(folder.write())
    assert list(extract["diagnoses"]["diagnosis"]) == ["C50", "C34.1", "C61", "C509", "D09", "D09", "C81"]
    assert found_rules(extract) == [("diagnoses", "diagnosis", "sks_prefix", 4, (2, 3, 5, 6))]


def test_blank_rows_quotes_and_line_breaks_are_accounted_for(folder, plain):
    lines = folder.tables["persons"].to_csv(index=False).splitlines()
    lines[2] = lines[2].replace("p02,male", '"p02","male"')
    lines[4] = lines[4].replace("retired", '"has ""retired""\r\nearly"')
    lines.insert(3, "")
    lines.insert(5, "," * 14)
    folder.extra["persons.csv"] = ("\n\n" + "\n".join(lines) + "\n\n").encode()
    extract = load_extract(folder.write())
    assert len(extract["persons"]) == 6
    assert extract["persons"].loc[3, "labour_market"] == 'has "retired"\r\nearly'
    assert found_rules(extract) == [
        ("persons", "", "line_break", 1, ()),
        ("persons", "", "blank_row", 3, (6, 8, 12)),
    ]
    assert check_extract(folder.path).rows == {
        "persons": 9,
        "diagnoses": 7,
        "referrals": 4,
        "residences": 7,
        "denominators": 3,
        "courses": 4,
        "appointments": 8,
        "forms": 7,
        "items": 13,
    }


def test_rows_under_blank_lines_keep_their_numbers(folder):
    folder.set("persons", 3, "sex", "x")
    text = folder.tables["persons"].to_csv(index=False)
    folder.extra["persons.csv"] = ("\r\n\r\n" + text.replace("\n", "\r\n")).encode()
    assert list(check_extract(folder.write()).offences["rows"]) == [(5,)]


def test_notes_and_warnings_do_not_stop(folder):
    folder.tables["persons"]["educatoin_2"] = "x"
    folder.set("persons", 2, "education", "")
    folder.set("referrals", 3, "sender", "NA")
    folder.set("referrals", 2, "accepted", "")
    folder.set("diagnoses", 3, "municipality", "")
    folder.set("diagnoses", 5, "diagnosis_date", "2010-01-15 10:30")
    folder.extra = {"notes.csv": b"x", "interviews.csv": b"x", "SHA256SUMS": b"x", ".hidden": b"x"}
    extract = load_extract(folder.write())
    assert sorted(found_rules(extract)) == [
        ("diagnoses", "diagnosis_date", "time_dropped", 1, (5,)),
        ("diagnoses", "municipality", "value_absent", 1, (3,)),
        ("interviews.csv", "", "file_ignored", 1, ()),
        ("notes.csv", "", "file_ignored", 1, ()),
        ("persons", "education", "read_as_unknown", 1, (2,)),
        ("persons", "educatoin_2", "column_unknown", 1, ()),
        ("referrals", "accepted", "value_absent", 1, (2,)),
        ("referrals", "sender", "read_as_unknown", 1, (3,)),
    ]
    assert extract["persons"].loc[0, "education"] == "unknown"
    assert "educatoin_2" not in extract["persons"]
    assert extract["diagnoses"].loc[3, "diagnosis_date"] == pd.Timestamp("2010-01-15")


def test_columns_in_any_order_and_optional_ones_absent(folder):
    folder.tables["persons"] = folder.tables["persons"][["education", "birth_year", "sex", "person_id"]]
    extract = load_extract(folder.write())
    assert list(extract["persons"]) == ["person_id", "sex", "birth_year", "education"]


def test_registration_still_open(folder):
    folder.meta = folder.meta.replace(", registered_to: 2012-12-31", "")
    folder.set("referrals", 3, "received_on", "2013-06-30")
    extract = load_extract(folder.write())
    assert extract.meta.registration["referrals"][1] is None
    assert extract.findings.empty


def test_checksum_is_that_of_the_files_in_name_order(folder, plain):
    names = sorted([*(f"{table}.csv" for table in folder.tables), "extract.yaml"])
    whole = b"".join((folder.path / name).read_bytes() for name in names)
    assert plain.checksum == hashlib.sha256(whole).hexdigest()
    assert plain.path == str(folder.path)


def test_report_of_a_sound_extract_says_which_notebooks_can_run(folder):
    del folder.tables["persons"]["income"]
    report = check_extract(folder.write())
    assert report.ok
    assert report.rows == {name: len(frame) for name, frame in folder.tables.items()}
    assert report.meta.source == "invented for the tests"
    assert [tuple(row) for row in report.notebooks.itertuples(index=False)] == [
        ("00_the_extract", True, ""),
        ("01_referral_gradient", True, ""),
        ("02_attendance", True, ""),
        ("03_effect", True, ""),
        ("04_pathway", True, ""),
        ("05_monitoring", True, ""),
        ("06_evidence_map", True, ""),
        ("11_referral_from_counts", True, ""),
        ("91_real_people", True, ""),
    ]


def test_report_of_a_broken_extract(folder):
    folder.set("persons", 2, "sex", "x")
    report = check_extract(folder.write())
    assert not report.ok
    assert list(report.offences["rule"]) == ["unknown_code"]
    broken = "the extract breaks the contract in 1 way"
    assert list(report.notebooks["why"]) == [broken] * 6 + ["", broken, ""]


def test_many_rows_are_read_in_their_order_with_their_numbers(folder):
    many = 45_000  # some blocks of the parser
    persons = pd.concat([folder.tables["persons"].iloc[[4]]] * many, ignore_index=True)
    persons["person_id"] = [f"p{i:06d}" for i in range(many)]
    persons["labour_market"] = "x" * 300
    persons.loc[many - 3, "sex"] = "x"
    folder.tables["persons"] = persons
    folder.write()
    with (folder.path / "persons.csv").open("a") as file:
        file.write("p,too,short\n")
    report = check_extract(folder.path)
    found = report.offences.query("table == 'persons'")[["rule", "count", "rows"]]
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("ragged_row", 1, (many + 2,)),
        ("unknown_code", 1, (many - 1,)),
    ]
    assert report.rows["persons"] == many + 1


def test_an_extract_of_referred_persons_alone_cannot_run_the_gradient(tmp_path):
    extract = simulate_extract("default", n=400, rng=np.random.default_rng(4))
    referred = set(extract["referrals"]["person_id"])
    tables = {name: extract[name] for name in extract}
    for name in ("persons", "diagnoses"):
        tables[name] = tables[name][tables[name]["person_id"].isin(referred)].reset_index(drop=True)
    write_extract(dataclasses.replace(extract, tables=tables), tmp_path)
    notebooks = check_extract(tmp_path).notebooks.set_index("notebook")
    assert not notebooks.loc["01_referral_gradient", "can_run"]
    assert notebooks.loc["01_referral_gradient", "why"].startswith("every person has a referral")
    assert notebooks.loc["11_referral_from_counts", "can_run"]
