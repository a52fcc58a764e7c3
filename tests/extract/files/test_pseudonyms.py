"""Pseudonyms: the same person in every table, nobody without the key, and nothing half-written."""

import hashlib
import hmac
from pathlib import Path

import pandas as pd
import pytest

from rehab_stats.extract.contract import ContractError
from rehab_stats.extract.files.pseudonyms import pseudonymise, pseudonymise_folder
from rehab_stats.extract.files.reader import load_extract

from ..conftest import as_workbook, cells_of

KEY = b"sixteen bytes...and more"


def cpr_of(person: str) -> str:
    return f"010150-12{person.removeprefix('p')}"


@pytest.fixture
def cpr_folder(folder):
    """The valid extract with CPR numbers for ids, under a Danish name."""
    names = [name for name, frame in folder.tables.items() if "person_id" in frame]
    for name in names:
        frame = folder.tables[name]
        folder.tables[name] = frame.assign(person_id=frame["person_id"].map(cpr_of)).rename(
            columns={"person_id": "cpr"}
        )
    places = ", ".join(f"{name}: {{cpr: person_id}}" for name in names)
    folder.mapping = (
        f'columns: {{{places}}}\nvalues: {{persons: {{person_id: {{x: y}}, death_date: {{31-12-9999: ""}}}}}}\n'
    )
    return folder


def test_a_pseudonym_is_the_keyed_hash_of_kind_and_id():
    frames = {"persons": pd.DataFrame({"person_id": ["a", None]}), "referrals": pd.DataFrame({"referral_id": ["a"]})}
    made = pseudonymise(frames, columns=["person_id", "referral_id"], key=KEY)
    expected = "p" + hmac.new(KEY, b"person_id\0a", hashlib.sha256).hexdigest()[:32]
    assert made["persons"]["person_id"].tolist() == [expected, pd.NA]
    assert made["referrals"]["referral_id"][0] != expected  # another kind of id
    assert frames["persons"]["person_id"].tolist() == ["a", None]
    other = pseudonymise(frames, columns=["person_id"], key=KEY + b"!")
    assert other["persons"]["person_id"][0] != expected


def test_tables_still_fit_together():
    frames = {
        "persons": pd.DataFrame({"person_id": ["1", "2"]}),
        "referrals": pd.DataFrame(
            {"referral_id": ["7", "8"], "parent_referral_id": [None, "7"], "person_id": ["2", " 2"]}
        ),
    }
    made = pseudonymise(frames, columns=["person_id", "referral_id", "parent_referral_id"], key=KEY)
    assert list(made["referrals"]["person_id"]) == [made["persons"]["person_id"][1]] * 2
    assert made["referrals"]["parent_referral_id"][1] == made["referrals"]["referral_id"][0]


def test_a_cpr_number_is_one_person_however_it_is_written():
    ways = ["010150-1234", "0101501234", "010150 1234", "101501234"]
    frames = {way: pd.DataFrame({"person_id": [way, "311299-1111"]}) for way in ways}
    frames["number"] = pd.DataFrame({"person_id": [101501234.0, 3112991111.0]})
    frames["whole"] = pd.DataFrame({"person_id": [101501234, 3112991111]})
    made = pseudonymise(frames, columns=["person_id"], key=KEY)
    assert len({tuple(frame["person_id"]) for frame in made.values()}) == 1


def test_ids_that_are_no_cpr_numbers_keep_their_zeros_apart():
    frames = {"persons": pd.DataFrame({"person_id": ["1", "01", "0-1"]})}
    assert pseudonymise(frames, columns=["person_id"], key=KEY)["persons"]["person_id"].is_unique


def test_short_keys_and_absent_columns_are_refused():
    frames = {"persons": pd.DataFrame({"person_id": ["1"]})}
    with pytest.raises(ValueError, match=r"^the key has fewer than 16 bytes"):
        pseudonymise(frames, columns=["person_id"], key=b"x" * 15)
    assert len(pseudonymise(frames, columns=["person_id"], key=b"x" * 16)) == 1
    with pytest.raises(ValueError, match="no table has a column cpr"):
        pseudonymise(frames, columns=["cpr"], key=KEY)


def test_a_folder_of_cpr_numbers_becomes_an_extract_that_holds(cpr_folder, tmp_path):
    source = cpr_folder.write()
    with pytest.raises(ContractError, match="cpr_number"):
        load_extract(source)
    out = tmp_path / "new" / "out"
    lines = pseudonymise_folder(source, out, key=KEY)
    read = load_extract(out)
    assert read.findings.empty
    assert len(read["persons"]) == 6
    assert read["persons"]["person_id"].str.fullmatch("p[0-9a-f]{32}").all()
    assert list(read["persons"]["birth_date"]) == list(pd.to_datetime(cpr_folder.tables["persons"]["birth_date"]))
    whole = b"".join(file.read_bytes() for file in out.iterdir()) + "\n".join(lines).encode()
    for secret in (cpr_of("p01"), cpr_of("p01").replace("-", ""), KEY.decode()):
        assert secret.encode() not in whole
    assert "x: y" not in (out / "mapping.yaml").read_text(encoding="utf-8")
    assert lines[0] == "persons: 6 rows, replaced person_id"
    assert sorted(path.name for path in tmp_path.joinpath("new").iterdir()) == ["out"]


def test_the_same_key_makes_the_same_pseudonyms_from_any_format(cpr_folder, tmp_path):
    pseudonymise_folder(cpr_folder.write(), tmp_path / "a", key=KEY)
    persons = cpr_folder.tables["persons"].replace("", None)
    rows = cells_of(persons.assign(cpr=persons["cpr"].str.replace("-", "").astype(int)))  # the leading zero is lost
    (cpr_folder.path / "persons.csv").unlink()
    (cpr_folder.path / "persons.xlsx").write_bytes(as_workbook(persons=rows))
    pseudonymise_folder(cpr_folder.path, tmp_path / "b", key=KEY)
    first, second = load_extract(tmp_path / "a"), load_extract(tmp_path / "b")
    for name in first:
        pd.testing.assert_frame_equal(first[name], second[name])


def test_typed_values_stay_typed_and_marks_of_the_mapping_go_along(folder, tmp_path):
    persons = folder.tables["persons"]
    persons["income"] = ["182.000,50", "412.000,25", "305.500", "150.000", "", "0"]
    rows = cells_of(folder.tables["referrals"].replace("", None).assign(received_on=pd.Timestamp("2010-12-24")))
    del folder.tables["referrals"]
    folder.extra["referrals.xlsx"] = as_workbook(referrals=rows)
    folder.mapping = (
        'numbers: {persons: {income: {decimal: ",", thousands: "."}}}\ndates: {referrals: {received_on: "%d-%m-%Y"}}\n'
    )
    pseudonymise_folder(folder.write(), tmp_path / "out", key=KEY)
    read = load_extract(tmp_path / "out")
    assert read["persons"].loc[0, "income"] == 182000.5
    assert set(read["referrals"]["received_on"]) == {pd.Timestamp("2010-12-24")}


def test_unknown_columns_stay_behind_and_cpr_numbers_elsewhere_stop_it(folder, tmp_path):
    folder.tables["persons"]["navn"] = "Jens Hansen"
    lines = pseudonymise_folder(folder.write(), tmp_path / "out", key=KEY)
    assert "persons: 1 columns that the contract does not know are left out" in lines
    assert "navn" not in pd.read_parquet(tmp_path / "out" / "persons.parquet")
    folder.tables["persons"]["labour_market"] = [f"010150123{digit}" for digit in range(6)]
    with pytest.raises(ValueError, match=r"^persons.labour_market holds CPR numbers and is no column of ids"):
        pseudonymise_folder(folder.write(), tmp_path / "other", key=KEY)
    assert not (tmp_path / "other").exists()


def test_places_that_will_not_do(folder, tmp_path):
    source = folder.write()
    before = sorted(path.name for path in source.iterdir())
    with pytest.raises(ValueError, match="lies inside"):
        pseudonymise_folder(source, source / "out", key=KEY)
    with pytest.raises(ValueError, match="is not empty, and nothing in it is overwritten"):
        pseudonymise_folder(source, source, key=KEY)
    with pytest.raises(ValueError, match="there is no folder"):
        pseudonymise_folder(tmp_path / "nowhere", tmp_path / "out", key=KEY)
    assert sorted(path.name for path in source.iterdir()) == before
    (tmp_path / "empty").mkdir()
    pseudonymise_folder(source, tmp_path / "empty", key=KEY)
    assert (tmp_path / "empty" / "persons.parquet").is_file()


def test_what_fails_on_the_way_leaves_nothing(folder, tmp_path, monkeypatch):
    source = folder.write()
    made = []

    def fail(frame, path, **_):
        made.append(Path(path))
        if len(made) == 3:
            raise OSError(28, "No space left on device")
        Path(path).write_bytes(b"half")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    with pytest.raises(OSError, match="No space left"):
        pseudonymise_folder(source, tmp_path / "out", key=KEY)
    assert [path for path in tmp_path.iterdir() if path != source] == []


def test_a_broken_file_stops_it(folder, tmp_path):
    folder.extra["persons.csv"] = bytes(range(256)) * 20
    with pytest.raises(ContractError, match="file_unreadable"):
        pseudonymise_folder(folder.write(), tmp_path / "out", key=KEY)


def test_an_id_is_the_same_however_its_number_was_stored():
    key = b"0123456789abcdef0123"
    stored = {
        "whole": pd.Series([7, 8]),
        "float": pd.Series([7.0, 8.0]),
        "mixed": pd.Series([7.0, "8"], dtype=object),
        "text": pd.Series(["7", "8"]),
    }
    made = {
        name: pseudonymise({"t": pd.DataFrame({"person_id": ids})}, columns=["person_id"], key=key)["t"]["person_id"]
        for name, ids in stored.items()
    }
    assert all(ids.tolist() == made["text"].tolist() for ids in made.values())
    with pytest.raises(ValueError, match="number with decimals"):
        pseudonymise({"t": pd.DataFrame({"person_id": [1.5]})}, columns=["person_id"], key=key)
