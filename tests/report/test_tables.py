"""Tables: what stands in which cell, in both languages, and what is hidden there."""

from __future__ import annotations

import pandas as pd
import pytest

from rehab_stats.estimate.describe import descriptives
from rehab_stats.report.tables import descriptive_table, flow_table, gradient_table, published_table
from rehab_stats.vocabulary import Estimates

LEVELS = ["short", "medium", "long"]
ALL = ("hazard_ratio", "odds_ratio", "risk_ratio", "risk_difference", "risk")


@pytest.fixture
def persons() -> pd.DataFrame:
    """Sixty persons: 20 in each education, half women; income missing for 6 of the short, for nobody else."""
    frame = pd.DataFrame(
        {
            "education": pd.Categorical(LEVELS * 20, categories=LEVELS, ordered=True),
            "sex": ["female", "male"] * 30,
            "age": [40.0, 50.0, 60.0, 60.0, 70.0, 80.0] * 10,
            "income": [100_000.0, 200_000.0, 300_000.0] * 20,
        }
    )
    frame.loc[frame.index[frame["education"] == "short"][:6], "income"] = None
    return frame


def cells(table, line: str, group: str | None = None) -> list[str]:
    first = table.body.columns[0]
    here = table.body[first] == line
    if group is not None:
        here &= pd.Series(table.groups) == group
    rows = table.body[here]
    assert len(rows) == 1, f"{line!r} stands in {len(rows)} lines"
    return list(rows.iloc[0, 1:])


def test_table_one_by_hand(persons):
    table = descriptive_table(descriptives(persons, exposure="education", columns=["sex", "age", "income"]))
    heads = ["Characteristic", "Short education", "Medium education", "Long education", "All"]
    assert list(table.body.columns) == heads
    assert cells(table, "n") == ["20", "20", "20", "60"]
    assert cells(table, "Women") == ["10 (50.0 %)", "10 (50.0 %)", "10 (50.0 %)", "30 (50.0 %)"]
    # ages of the short are 40 and 60: SD sqrt(20 * 100 / 19) = 10.26
    assert cells(table, "Mean (SD)", "Age at diagnosis (years)")[0] == "50.0 (10.3)"
    assert cells(table, "Median (IQR)", "Age at diagnosis (years)")[0] == "50.0 (40.0 to 60.0)"
    assert cells(table, "Missing", "Income (DKK, equivalised)") == [
        "6 (30.0 %)",
        "0 (0.0 %)",
        "0 (0.0 %)",
        "6 (10.0 %)",
    ]
    assert cells(table, "Mean (SD)", "Income (DKK, equivalised)")[1] == "200,000 (0)"
    assert table.spanners == {"Education": ("Short education", "Medium education", "Long education")}
    assert any("SD: standard deviation" in note for note in table.notes)


def test_table_one_in_danish(persons):
    made = descriptives(persons, exposure="education", columns=["sex", "income"])
    table = descriptive_table(made, language="da", note="Syntetiske data.")
    assert cells(table, "Kvinder")[3] == "30 (50,0 %)"
    assert cells(table, "Mangler", "Indkomst (kr., ækvivaleret)")[0] == "6 (30,0 %)"
    assert cells(table, "Gennemsnit (SD)")[1] == "200.000 (0)"
    assert table.notes[-1] == "Syntetiske data."
    # the method sentence is English and stays out
    assert not any("Persons by" in note for note in table.notes)


def test_hidden_cells_are_dashes_and_are_explained(table_one):
    counts = pd.DataFrame([[30, 40, 3], [50, 60, 70], [20, 90, 80]], index=["breast", "lung", "other"], columns=LEVELS)
    table = descriptive_table(table_one(counts))
    assert cells(table, "Breast") == ["–", "40 (21.1 %)", "–", "73 (16.5 %)"]
    assert "– Hidden: fewer than 5 persons, or a number that would reveal fewer." in table.notes
    # not even the data behind the table say which of the dashes is the small one
    shown = table.data[(table.data["level"] == "breast") & table.data["hidden"].eq(1)]
    assert set(shown["stratum"]) == {"short", "long"}
    assert shown[["estimate", "n", "events"]].isna().all(axis=None)
    assert not {"primary", "secondary"} & set(table.data.astype(str).to_numpy().ravel())


def test_rounding_is_said(table_one):
    counts = pd.DataFrame([[33, 41, 57], [52, 63, 74]], index=["breast", "lung"], columns=LEVELS)
    table = descriptive_table(table_one(counts), preset="opensafely")
    assert cells(table, "Breast")[0] == "35 (41.2 %)"  # 35 of 85
    assert "Counts are rounded to the nearest 5." in table.notes


def test_gradient_puts_relative_beside_absolute(gradient):
    table = gradient_table(gradient(ALL))
    assert list(table.body.columns) == ["Education", "n", "Events", "Unadjusted", "Adjusted for age, sex and year"]
    groups = list(dict.fromkeys(table.groups))
    assert groups == [
        "Hazard ratio (95 % CI) of referral",
        "Odds ratio (95 % CI) of referral within 365 days",
        "Risk ratio (95 % CI) of referral within 365 days",
        "Risk difference, pp (95 % CI) of referral within 365 days",
        "Risk, % (95 % CI) of referral within 365 days",
    ]
    assert cells(table, "Short education", groups[0]) == ["3,322", "410", "reference", "reference"]
    assert cells(table, "Medium education", groups[0])[:3] == ["4,105", "640", "1.29 (1.14 to 1.45)"]
    assert cells(table, "Medium education", groups[3])[2] == "3.2 (1.2 to 5.2)"
    assert cells(table, "Short education", groups[4])[2] == "12.3 (11.3 to 13.3)"


def test_gradient_in_danish(gradient):
    table = gradient_table(gradient(("hazard_ratio", "risk")), language="da")
    assert list(table.body.columns) == ["Uddannelse", "n", "Hændelser", "Ujusteret", "Justeret for alder, køn og år"]
    assert cells(table, "Mellemlang uddannelse", "Hazard ratio (95 % KI) for henvisning")[:3] == [
        "4.105",
        "640",
        "1,29 (1,14 til 1,45)",
    ]


def test_the_reference_is_not_counted_in_another_group_of_persons(gradient):
    hazards = gradient(("hazard_ratio",), counts={"short": (9000, 900), "medium": (8000, 999), "long": (7000, 998)})
    table = gradient_table(Estimates.stack([hazards, gradient(("risk",))]))
    # the risks count other persons: each reference line shows its own
    assert cells(table, "Short education", "Hazard ratio (95 % CI) of referral")[:2] == ["9,000", "900"]


def test_models_with_other_numbers_are_mentioned(gradient):
    same = gradient_table(gradient(("odds_ratio",)))
    other = gradient_table(gradient(("odds_ratio",), dropped={("age_sex_year", "long"): 90}))
    assert not any("those of the first model" in note for note in same.notes)
    assert any("those of the first model" in note for note in other.notes)


def test_women_and_men_have_groups_of_their_own(gradient):
    made = gradient(("odds_ratio",))
    two = [made.tidy().assign(stratum=s) for s in ("female", "male")]
    table = gradient_table(Estimates.stack([Estimates(rows, context=made.context) for rows in two]))
    assert list(dict.fromkeys(table.groups)) == [
        "Women: Odds ratio (95 % CI) of referral within 365 days",
        "Men: Odds ratio (95 % CI) of referral within 365 days",
    ]


def test_a_hidden_level_of_the_gradient(gradient):
    table = gradient_table(gradient(("odds_ratio",), counts={"short": (300, 40), "medium": (90, 3), "long": (80, 20)}))
    assert cells(table, "Medium education") == ["90", "–", "–", "–"]


def test_the_flow_as_a_table(flow):
    table = flow_table(flow(relatives=3))
    assert cells(table, "Persons in the extract") == ["13,964"]
    assert cells(table, "\N{EM SPACE}excluded: relatives, not patients") == ["–"]
    assert cells(table, "\N{EM SPACE}excluded: below the age limit at diagnosis") == ["0"]
    assert flow_table(flow(), language="da").body.columns[0] == "Trin"


def test_printed_figures_as_a_table(printed):
    table = published_table(printed)
    assert table.title == "Figures as printed in Moustsen et al. 2015."
    assert list(table.body["Estimate (95 % CI)"]) == ["1.15 (1.03 to 1.29)", "1.33 (1.19 to 1.49)"]
    assert "Estimate (95 % CI)" not in table.words
    assert "Horizon" not in table.body


def test_the_printed_horizon_is_kept():
    row = {"outcome": "referred", "model": "published", "measure": "count", "level": "total", "estimate": 2523}
    made = Estimates([row | {"at": 913}, row], details=pd.DataFrame({"source": ["Dalton et al. 2019, Acta"] * 2}))
    assert list(published_table(made).body["Horizon"]) == ["within 913 days", ""]
    assert list(published_table(made, language="da").body["Horisont"]) == ["inden for 913 dage", ""]


def test_the_data_behind_a_table_have_the_words_of_the_column_described(table_one):
    counts = pd.DataFrame([[30, 40, 50], [50, 60, 70]], index=["other", "lung"], columns=LEVELS)
    data = descriptive_table(table_one(counts)).data
    assert set(data.loc[data["level"] == "other", "level_label"]) == {"other cancers"}
    assert set(data.loc[data["stratum"] == "short", "stratum_label"]) == {"short education"}


@pytest.mark.parametrize(("make", "words"), [(descriptive_table, "count, mean or median"), (flow_table, "kind")])
def test_rows_of_another_kind_are_refused(gradient, make, words):
    with pytest.raises(ValueError, match=words):
        make(gradient(("risk",)))


def test_the_gradient_refuses_twins_and_descriptions(gradient, table_one):
    made = gradient(("odds_ratio",))
    with pytest.raises(ValueError, match="two rows for"):
        gradient_table(Estimates.stack([made, made]))
    counts = pd.DataFrame([[30, 40]], index=["breast"], columns=LEVELS[:2])
    with pytest.raises(ValueError, match="needs rows of hazard_ratio"):
        gradient_table(table_one(counts))
