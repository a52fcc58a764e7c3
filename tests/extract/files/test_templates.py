"""The template of a Danish care record: a small export in its words is read as it is."""

import pandas as pd
import pytest
import yaml

from rehab_stats.extract.columns import TABLES
from rehab_stats.extract.files.mapping import read_mapping
from rehab_stats.extract.files.reader import load_extract
from rehab_stats.extract.files.templates import TEMPLATES, copy_template, template_names
from rehab_stats.extract.offences import Offences
from rehab_stats.extract.settings import read_meta

EXPORT = {
    "borgere.csv": """Borger-id;Køn;Fødselsdato;Højeste fuldførte uddannelse;Ækvivaleret disponibel indkomst;\
Samlevende;Dødsdato
b1;Kvinde;14-03-1950;Grundskole;182.000,50;Enlig;31-12-9999
b2;Mand;31-12-1948;Lang videregående uddannelse;412.000,25;Gift;20-05-2022
""",
    "diagnoser.csv": """Borger-id;Diagnosedato;Diagnosekode;Bopælskommune;Behov
b1;04-03-2020;DC509;0101;Højt
b2;05-06-2021;DC61;0101;Ikke vurderet
""",
    "henvisninger.csv": """Henvisnings-id;Borger-id;Modtaget;Henviser;Visiteret;Meddelelsestype
h1;b1;05-04-2020;Sygehus;Visiteret;GOP
h2;b2;07-08-2021;Praktiserende læge;Afslag;Henvisning
""",
    "adresser.csv": """Borger-id;Kommune;Tilflyttet;Fraflyttet
b1;0101;01-02-2001;31-12-9999
b2;0101;02-03-2005;20-05-2022
""",
}


def test_an_export_in_the_words_of_the_template_is_read(tmp_path):
    folder = tmp_path / "export"
    copy_template(folder)
    columns = yaml.safe_load((folder / "mapping.yaml").read_text(encoding="utf-8"))["columns"]
    mapping = (folder / "mapping.yaml").read_text(encoding="utf-8").splitlines()
    absent = {name for names in columns.values() for name in names} - set(
        ";".join(EXPORT.values()).replace("\n", ";").split(";")
    )
    kept = [line for line in mapping if line.strip().split(":")[0] not in absent]  # step 2 of the instructions
    (folder / "mapping.yaml").write_text("\n".join(kept), encoding="utf-8")
    for name, text in EXPORT.items():
        (folder / name).write_text(text, encoding="cp1252")
    extract = load_extract(folder)
    persons = extract["persons"]
    assert list(persons["education"]) == ["basic", "long_higher"]
    assert list(persons["income"]) == [182000.5, 412000.25]
    assert list(persons["cohabiting"]) == [False, True]
    assert persons["death_date"].tolist() == [pd.NaT, pd.Timestamp("2022-05-20")]
    assert extract["diagnoses"]["need"].tolist()[0] == "high"
    assert list(extract["referrals"]["accepted"]) == [True, False]
    assert list(extract["referrals"]["message"]) == ["rehabilitation_plan", "referral"]
    assert list(extract["residences"]["municipality"]) == ["101", "101"]


def test_the_templates_are_sound_and_name_every_column():
    assert template_names() == ["care_record"]
    offences = Offences()
    folder = TEMPLATES / "care_record"
    mapping = read_mapping((folder / "mapping.yaml").read_bytes(), name="mapping.yaml", offences=offences)
    assert read_meta((folder / "extract.yaml").read_bytes(), offences=offences) is not None
    assert offences.found == []
    for table, names in mapping.columns.items():
        missing = set(TABLES[table].by_name) - set(names.values()) - {"birth_year"}
        assert not missing, table


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "extract.yaml").write_text("mine")
    with pytest.raises(ValueError, match=r"has extract\.yaml already, and nothing in it is overwritten"):
        copy_template(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["extract.yaml"]
    with pytest.raises(ValueError, match="there is no template 'care'; there are care_record"):
        copy_template(tmp_path / "new", name="care")
    with pytest.raises(ValueError, match="is a file, not a folder"):
        copy_template(tmp_path / "extract.yaml")
