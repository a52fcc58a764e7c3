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
    "henvisninger.csv": """Henvisnings-id;Borger-id;Modtaget;Henviser;Visiteret;Meddelelsestype;Forløbs-id
h1;b1;05-04-2020;Sygehus;Visiteret;GOP;f1
h2;b2;07-08-2021;Praktiserende læge;Visiteret;Henvisning;f2
h3;b1;06-04-2020;Borgeren selv;Afslag;Andet;
""",
    "adresser.csv": """Borger-id;Kommune;Tilflyttet;Fraflyttet
b1;0101;01-02-2001;31-12-9999
b2;0101;02-03-2005;20-05-2022
""",
    "forloeb.csv": """Forløbs-id;Borger-id;Kommune;Startdato;Slutdato;Afslutningsårsag
f1;b1;0101;14-04-2020;31-12-9999;
f2;b2;0101;16-08-2021;20-05-2022;Død
""",
    "aftaler.csv": """Aftale-id;Borger-id;Forløbs-id;Booket den;Aftaledato;Ydelse;Kontaktform;\
Hold eller individuelt;Fremmødestatus
a1;b1;f1;14-04-2020;20-04-2020;Visitationssamtale;Hjemmebesøg;Individuelt;Fremmødt
a2;b1;f1;20-04-2020;27-04-2020;Holdtræning;Fremmøde i centret;Hold;Udeblevet
a3;b1;f1;20-04-2020;04-05-2020;Diætist;Video;Individuelt;Afbud
a4;b1;f1;20-04-2020;11-05-2020;Holdtræning;Fremmøde i centret;Hold;Aflyst af centret
a5;b1;f1;20-04-2020;18-05-2020;Patientundervisning;;Hold;
a6;b1;f1;20-04-2020;01-07-2024;Opfølgende samtale;Telefon;Individuelt;Planlagt
""",
    "skemaer.csv": """Borger-id;Forløbs-id;Skema;Skala;Måletidspunkt;Skal besvares;Udleveret;Besvaret;Score
b1;f1;EORTC QLQ-C30;PF2;Start;20-04-2020;20-04-2020;27-04-2020;66,7
b1;f1;EORTC QLQ-C30;PF2;Opfølgning;20-07-2020;31-12-9999;31-12-9999;
b2;f2;EQ-5D-5L;Hele skemaet;Start;16-08-2021;16-08-2021;16-08-2021;
b2;f2;EQ-5D-5L;Hele skemaet;Opfølgning;16-08-2024;31-12-9999;31-12-9999;
""",
    "svar.csv": """Borger-id;Skema;Måletidspunkt;Spørgsmål;Svar
b2;EQ-5D-5L;Start;Smerter og ubehag;Ubesvaret
b2;EQ-5D-5L;Start;VAS;70
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
    assert list(extract["referrals"]["accepted"]) == [True, True, False]
    assert list(extract["referrals"]["message"]) == ["rehabilitation_plan", "referral", "other"]
    assert list(extract["residences"]["municipality"]) == ["101", "101"]
    assert extract["courses"]["close_reason"].tolist()[1] == "died"
    appointments = extract["appointments"]
    assert list(appointments["kind"]) == ["interview", "exercise", "diet", "exercise", "patient_education", "follow_up"]
    assert list(appointments["status"]) == [
        "attended",
        "no_show",
        "cancelled_by_person",
        "cancelled_by_centre",
        "not_registered",
        "planned",
    ]
    assert list(appointments["mode"].astype(object)[:3]) == ["home", "centre", "video"]
    assert extract.registered("appointments") == (pd.Timestamp("2019-01-01"), pd.Timestamp("2024-06-30"))
    forms, items = extract["forms"], extract["items"]
    assert list(forms["instrument"]) == ["qlq_c30", "qlq_c30", "eq_5d_5l", "eq_5d_5l"]
    assert list(forms["occasion"]) == ["baseline", "follow_up", "baseline", "follow_up"]
    assert forms["scale"].isna().tolist() == [False, False, True, True]
    assert forms["given_on"].isna().tolist() == [False, True, False, True]
    assert forms["score"].max() == 66.7
    assert list(items["item"]) == ["pain", "vas"]
    assert items["answer"].isna().tolist() == [True, False]
    rules = ["sks_prefix", "read_as_unknown", "due_after_death"]  # the empty status; a follow-up two years after
    assert sorted(extract.findings["rule"]) == sorted(rules)


def test_the_templates_are_sound_and_name_every_column():
    assert template_names() == ["care_record", "half_year"]
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
    with pytest.raises(ValueError, match="there is no template 'care'; there are care_record, half_year"):
        copy_template(tmp_path / "new", name="care")
    with pytest.raises(ValueError, match="is a file, not a folder"):
        copy_template(tmp_path / "extract.yaml")
