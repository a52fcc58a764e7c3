"""Tables of inequality, interaction and single measures: what stands in which cell, in both languages."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.e_values import e_value
from rehab_stats.estimate.access.inequality import concentration_index, group_inequality, slope_indices
from rehab_stats.estimate.access.interaction import interaction
from rehab_stats.report.tables import inequality_table, interaction_table, measures_table
from rehab_stats.vocabulary import Estimates

LEVELS, SEXES = ("short", "medium", "long"), ("female", "male")
EVENTS = {("short", "female"): 20, ("medium", "female"): 30, ("long", "female"): 40}
EVENTS |= {("short", "male"): 16, ("medium", "male"): 20, ("long", "male"): 34}


def people(events=EVENTS) -> pd.DataFrame:
    """A hundred persons in each combination, so many of whom were referred."""
    parts = [
        pd.DataFrame({"education": level, "sex": sex, "referred": np.arange(100) < events[level, sex]})
        for level in LEVELS
        for sex in SEXES
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["education"] = pd.Categorical(frame["education"], LEVELS, ordered=True)
    frame["sex"] = pd.Categorical(frame["sex"], SEXES, ordered=True)
    return frame.assign(referred=frame["referred"].astype(int))


def cells(table, line: str, group: str | None = None) -> list[str]:
    here = table.body[table.body.columns[0]] == line
    if group is not None:
        here &= pd.Series(table.groups) == group
    rows = table.body[here]
    assert len(rows) == 1, f"{line!r} stands in {len(rows)} lines"
    return list(rows.iloc[0, 1:])


def both_scales(events=EVENTS) -> Estimates:
    asked = {"outcome": "referred", "exposure": "education", "modifier": "sex"}
    made = [interaction(people(events), **asked, scale=scale) for scale in ("risk", "odds_ratio")]
    return Estimates.stack(made).with_context(horizon_days=365)


def test_knol_and_vanderweele_by_hand():
    table = interaction_table(both_scales())
    assert list(table.body.columns) == ["Education", "Women", "Men"]
    groups = list(dict.fromkeys(table.groups))
    assert groups == [
        "n (events)",
        "Risk in each combination, % (95 % CI)",
        "Risk difference, pp (95 % CI) within the stratum",
        "Odds ratio against one joint reference (95 % CI)",
        "Odds ratio (95 % CI) within the stratum",
        "Departure from additivity: interaction contrast of risks, pp (95 % CI)",
        "Departure from additivity: relative excess risk due to interaction (RERI) (95 % CI)",
        "Departure from additivity: proportion attributable to interaction, % (95 % CI)",
        "Departure from additivity: synergy index (95 % CI)",
        "Departure from multiplicativity: ratio of odds ratios (95 % CI)",
    ]
    assert cells(table, "Long education", groups[0]) == ["100 (40)", "100 (34)"]
    assert [cell.split()[0] for cell in cells(table, "Long education", groups[1])] == ["40.0", "34.0"]
    # 40 - 20 among women, 34 - 16 among men; 18 - 20 = -2
    assert [cell.split()[0] for cell in cells(table, "Long education", groups[2])] == ["20.0", "18.0"]
    assert cells(table, "Long education", groups[5])[0] == ""
    assert cells(table, "Long education", groups[5])[1].startswith("−2.0 (")
    # (40/60) / (20/80) = 2.67 and (34/66) / (16/84) = 2.70; against women with short education 2.06
    assert [cell.split()[0] for cell in cells(table, "Long education", groups[4])] == ["2.67", "2.70"]
    assert [cell.split()[0] for cell in cells(table, "Long education", groups[3])] == ["2.67", "2.06"]
    assert cells(table, "Short education", groups[3])[0] == "reference"
    assert cells(table, "Short education", groups[4]) == ["reference", "reference"]
    assert cells(table, "Long education", groups[9])[1].startswith("1.01 (")
    assert table.title.startswith("Referral within 365 days: interaction of education with sex")
    assert table.notes[0].startswith("Unadjusted. CI: confidence interval.")


def test_an_interaction_in_danish():
    table = interaction_table(both_scales(), language="da")
    assert list(table.body.columns) == ["Uddannelse", "Kvinder", "Mænd"]
    assert "Afvigelse fra additivitet: interaktionskontrast af risici, pp (95 % KI)" in table.groups
    assert cells(table, "Lang uddannelse", "n (hændelser)") == ["100 (40)", "100 (34)"]
    assert "Interaktion fra logistiske modeller" in table.notes[1]


def test_a_synergy_index_that_is_not_defined_is_said_and_a_hidden_cell_is_a_dash():
    table = interaction_table(both_scales(EVENTS | {("short", "male"): 12, ("medium", "female"): 21}))
    synergy = "Departure from additivity: synergy index (95 % CI)"
    assert cells(table, "Medium education", synergy)[1] == "undefined"
    hidden = interaction_table(both_scales(EVENTS | {("medium", "male"): 3}))
    assert cells(hidden, "Medium education", synergy)[1] == "–"
    assert cells(hidden, "Medium education", "n (events)")[1] == "100 (–)"
    assert "– Hidden: fewer than 5 persons, or a number that would reveal fewer." in hidden.notes


def test_an_interaction_table_shows_one_modifier_and_one_model(gradient):
    asked = {"outcome": "referred", "exposure": "education", "modifier": "sex", "scale": "risk"}
    two = interaction(people(), **asked, adjust={"crude": [], "full": []})
    with pytest.raises(ValueError, match=r"several models \(crude, full\)"):
        interaction_table(two)
    rows = both_scales().tidy()
    mixed = [rows.assign(stratum=[f"{name}={code}" for code in rows["stratum"]]) for name in ("sex", "origin")]
    with pytest.raises(ValueError, match=r"several modifiers \(origin, sex\)"):
        interaction_table(Estimates(pd.concat(mixed)))
    with pytest.raises(ValueError, match="needs rows of joint_risk"):
        interaction_table(gradient(("risk",)))
    with pytest.raises(ValueError, match="two rows for"):
        interaction_table(Estimates.stack([both_scales(), both_scales()]))


def indices() -> Estimates:
    frame = people()
    sets = {"crude": [], "sex": ["sex"]}
    made = [slope_indices(frame, outcome="referred", rank="education", adjust=sets)]
    made += [concentration_index(frame, outcome="referred", rank="education", kind="erreygers")]
    made += [group_inequality(frame, outcome="referred", group="education")]
    return Estimates.stack(made).with_context(horizon_days=365)


def test_indices_of_inequality_line_by_line():
    table = inequality_table(indices())
    lines = list(table.body["Measure"])
    assert lines == [
        "Slope index of inequality (SII)",
        "Relative index of inequality (RII)",
        "Concentration index, Erreygers",
        "Between-group variance (BGV)",
        "Mean difference from the mean (MDM)",
    ]
    assert list(table.body.columns)[:5] == ["Measure", "n", "Events", "Unadjusted", "Adjusted for sex"]
    assert table.body.columns[-1] == "What it says"
    slope = cells(table, lines[0])
    assert slope[:2] == ["600", "160"]
    assert slope[2].endswith(")")
    assert " pp (" in slope[2]
    assert slope[-1] == "difference in risk from the lowest to the highest end of the ranking"
    # shares 18, 25 and 37 % around 26.67 %: (8.67^2 + 1.67^2 + 10.33^2) / 3 = 61.6; (8.67 + 1.67 + 10.33) / 3 = 6.9
    assert cells(table, lines[3])[2] == "61.6 pp²"
    assert cells(table, lines[4])[2] == "6.9 pp"
    # s^2 (J - 1) / n = 0.26667 x 0.73333 x 600 / 599 x 2 / 600 = 6.5 squared points
    assert cells(table, lines[3])[table.body.columns.get_loc("From chance alone") - 1] == "6.5 pp²"
    assert any("pp²: squared percentage points." in note for note in table.notes)
    assert table.title == "Inequality in referral within 365 days by education."


def test_inequality_in_danish_has_decimal_commas_throughout():
    table = inequality_table(indices(), language="da")
    assert cells(table, "Varians mellem grupper (BGV)")[2] == "61,6 pp²"
    assert "Alene ved tilfældighed" in table.body
    text = table.body.to_string()
    assert "Absolut rangbaseret ulighedsindeks (SII)" in text
    assert not re.search(r"\d\.\d(?!\d\d)", text)


def test_inequality_needs_its_rows_once(gradient):
    with pytest.raises(ValueError, match="needs rows of slope_index"):
        inequality_table(gradient(("risk",)))
    with pytest.raises(ValueError, match="two rows for"):
        inequality_table(Estimates.stack([indices(), indices()]))


def test_e_values_stand_beside_their_caution(gradient):
    table = measures_table(e_value(gradient(("odds_ratio", "hazard_ratio"))))
    assert list(dict.fromkeys(table.groups)) == [
        "Referral within 365 days: E-value, odds ratio",
        "Referral: E-value, hazard ratio",
    ]
    # OR 1.31 -> 1.31 + sqrt(1.31 x 0.31) = 1.95
    assert cells(table, "Medium education against short education", table.groups[0])[3].startswith("1.95 (limit 1.")
    assert any("Education is not a treatment" in note for note in table.notes)
    danish = measures_table(e_value(gradient(("odds_ratio",))), language="da")
    assert any("Uddannelse er ikke en behandling" in note for note in danish.notes)
    assert "grænse 1," in cells(danish, "Mellemlang uddannelse sammenlignet med kort uddannelse")[3]


def test_any_measures_have_a_group_each_and_empty_columns_go():
    rows = [
        {"measure": "survival_part", "level": level, "reference": "short", "at": at, "estimate": 0.012}
        | {"outcome": "event", "model": "sets", "conf_low": 0.008, "conf_high": 0.016}
        for at in (365, 730)
        for level in ("medium", "long")
    ]
    context = {"exposure": "education", "outcome": "referral_event", "adjust": {"sets": ["age"]}}
    table = measures_table(Estimates(rows, context=context))
    assert list(table.body.columns) == ["Education", "Adjusted for age"]
    assert table.groups[0] == ("Referral within 365 days: part of the risk difference that is survival, pp (95 % CI)")
    assert cells(table, "Long education against short education", table.groups[-1]) == ["1.2 (0.8 to 1.6)"]
    assert any(note.startswith("CI: confidence interval. pp: percentage points. Survival:") for note in table.notes)
    with pytest.raises(ValueError, match="two rows for"):
        measures_table(Estimates([rows[0], rows[0]]))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "n and events are those of the first column of estimates."),
        ("da", "n og hændelser er den første estimatkolonnes."),
    ],
)
def test_whose_numbers_stand_in_the_table_is_said_where_models_have_different_ones(gradient, language, said):
    asked = {"language": language}
    alike = gradient(("odds_ratio",))
    assert alike.tidy()["n"].nunique() > 1  # that levels differ in number says nothing
    assert not any(said in note for note in measures_table(alike, **asked).notes)
    fewer = gradient(("odds_ratio",), dropped={("age_sex_year", "medium"): 60})  # who misses a variable
    table = measures_table(fewer, **asked)
    assert table.notes[0].startswith(said)
    first = fewer.tidy().query("model == 'crude'")
    assert [int(re.sub(r"\D", "", text)) for text in table.body["n"]] == first["n"].tolist()


def test_the_same_table_is_written_twice_alike(tmp_path):
    for folder in ("one", "two"):
        files = interaction_table(both_scales()).save(tmp_path / folder, "interaction")
    for path in files:
        assert path.read_bytes() == (tmp_path / "one" / path.name).read_bytes(), path.name
