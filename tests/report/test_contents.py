"""What an extract holds, shown without single days, row numbers or small counts."""

import pandas as pd
import pytest

from rehab_stats.extract.contract import Extract, validate_tables
from rehab_stats.extract.files.reader import load_extract
from rehab_stats.extract.rules import RULES
from rehab_stats.report.contents import contents, findings
from rehab_stats.report.rule_words import RULES_IN_DANISH


@pytest.fixture(scope="module")
def extract():
    return load_extract()


def test_rows_persons_and_registration_are_those_of_the_tables(extract):
    frame = contents(extract).frame.set_index("table")
    assert frame.loc["persons", "rows"] == f"{len(extract['persons']):,}"
    assert frame.loc["referrals", "persons"] == f"{extract['referrals']['person_id'].nunique():,}"
    assert list(frame.loc["referrals", ["registered from", "registered to"]]) == ["2009-01-01", "2012-12-31"]
    assert frame.loc["persons", "registered from"] == ""


def test_danish_has_danish_headings_and_points_for_thousands(extract):
    frame = contents(extract, language="da").frame
    assert list(frame.columns) == ["tabel", "rækker", "personer", "registreret fra", "registreret til"]
    assert frame.iloc[0]["rækker"] == f"{len(extract['persons']):,}".replace(",", ".")


def test_findings_hide_small_counts_and_name_no_row(extract):
    found = extract.findings.iloc[:1].assign(count=3)
    frame = findings(Extract(extract.tables, extract.meta, findings=found)).frame
    assert list(frame["number"]) == ["1–4"]
    assert "rows" not in frame
    assert not any(str(row) in frame.to_string() for row in found["rows"].iloc[0])


def test_a_message_that_counts_or_quotes_is_replaced_by_what_the_rule_says(extract):
    tables = {name: extract[name] for name in extract}
    other = ~tables["diagnoses"]["diagnosis"].str.startswith("C")
    tables["diagnoses"] = tables["diagnoses"][~other | (other.cumsum() <= 3)]
    found = validate_tables(tables, extract.meta)
    real = found[found["rule"] == "not_cancer"]
    assert real["count"].item() == 3
    assert "first codes: D" in real["message"].item()
    frame = findings(Extract(extract.tables, extract.meta, findings=real)).frame
    assert frame.loc[0, "number"] == "1–4"
    assert frame.loc[0, "finding"] == next(rule.says for rule in RULES if rule.name == "not_cancer")


def test_no_finding_is_said(extract):
    frame = findings(Extract(extract.tables, extract.meta)).frame
    assert isinstance(frame, pd.DataFrame)
    assert list(frame["finding"]) == ["nothing: every rule is kept"]


def test_every_rule_that_an_extract_may_break_and_still_be_read_has_danish_words():
    assert set(RULES_IN_DANISH) == {rule.name for rule in RULES if rule.severity != "error"}


def test_findings_in_danish_have_no_english_in_them(extract):
    found = pd.concat([extract.findings.iloc[:1].assign(rule=name) for name in RULES_IN_DANISH])
    frame = findings(Extract(extract.tables, extract.meta, findings=found), language="da").frame
    assert list(frame.columns) == ["alvor", "tabel", "kolonne", "regel", "antal", "fund"]
    assert list(frame["fund"]) == list(RULES_IN_DANISH.values())
    english = {"the", "is", "of", "not", "after", "which"}
    assert not english & set(" ".join(frame["fund"]).split())


def test_a_table_that_counts_persons_in_cells_names_no_number_of_persons(extract):
    tables = {name: extract[name] for name in extract} | {"denominators": pd.DataFrame({"diagnosed": [120, 80]})}
    frame = contents(Extract(tables, extract.meta)).frame.set_index("table")
    assert frame.loc["denominators", ["rows", "persons"]].tolist() == ["2", ""]
