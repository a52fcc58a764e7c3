"""The table of how appointments were registered: read line by line, with the remark, in both languages."""

import pandas as pd
import pytest

from rehab_stats.extract.cohort.registration import registration_quality
from rehab_stats.report.registration_table import registration_table
from rehab_stats.vocabulary import Estimates

METHOD = "Shares of the past appointments of the persons referred, by kind and by calendar year."


def registered(**changes) -> Estimates:
    statuses = pd.DataFrame(
        {
            "level": ["exercise", "diet", "year=2010"],
            "appointments": [200, 40, 240],
            "persons": [50, 12, 55],
            "attended": [150, 40, 190],
            "not_registered": [10, 0, 10],
            "persons_attended": [45, 12, 50],
            "persons_not_registered": [9, 0, 9],
        }
    )
    return registration_quality(statuses.assign(**changes), method=METHOD, context={})


def test_a_line_is_a_kind_or_a_year_and_says_what_was_never_edited():
    table = registration_table(registered())
    assert list(table.body.columns) == [
        "Kind or year",
        "Persons",
        "Past appointments",
        "Attended, %",
        "Not registered, %",
        "Remark",
    ]
    assert table.body.iloc[0].tolist() == ["Exercise", "50", "200", "75.0", "5.0", ""]
    assert table.body.iloc[1].tolist() == [
        "Diet",
        "12",
        "40",
        "100.0",
        "0.0",
        "all attended: was the status ever changed?",
    ]
    assert table.body.iloc[2, 0] == "2010"
    assert table.groups == ("By kind", "By kind", "By calendar year")


def test_without_a_remark_there_is_no_column_for_it():
    table = registration_table(registered(attended=[150, 30, 180], persons_attended=[45, 12, 50]))
    assert "Remark" not in table.body


def test_few_persons_are_hidden_with_their_shares():
    table = registration_table(registered(persons=[50, 3, 55], persons_attended=[45, 3, 50]))
    assert table.body.iloc[1].tolist()[1:5] == ["–", "–", "–", "–"]
    assert any("Hidden" in line for line in table.notes)
    shown = registration_table(registered(persons_not_registered=[2, 0, 9])).body
    assert shown.loc[0, "Not registered, %"] == "–"
    assert shown.loc[0, "Attended, %"] == "75.0"


def test_danish_has_no_english_word():
    table = registration_table(registered(), language="da")
    assert table.body.iloc[0].tolist() == ["Fysisk træning", "50", "200", "75,0", "5,0", ""]
    assert table.groups[0] == "Efter art"
    assert not any("shares" in line.lower() for line in table.notes)
    assert any("aftaler" in line for line in table.notes)


def test_other_rows_are_refused():
    rows = [{"outcome": "referred", "measure": "risk", "level": "short", "estimate": 0.2}]
    with pytest.raises(ValueError, match="share_of_appointments"):
        registration_table(Estimates(rows))
