"""Tables of participation: lines, columns and notes, and what is hidden."""

from __future__ import annotations

import pandas as pd
import pytest

from rehab_stats.report.participation_tables import cascade_table, components_table, count_fit_table, means_table
from rehab_stats.report.tables import gradient_table, measures_table
from rehab_stats.vocabulary import Estimates

FIVE = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
LEVELS = {2: ("short", "long"), 3: ("short", "medium", "long"), 5: FIVE}


def line(table, place):
    return dict(table.body.iloc[place])


def test_a_cascade_has_a_line_per_stage_and_level(attendance):
    table = cascade_table(attendance.stages())
    assert list(table.body.columns) == [
        "Education",
        "n",
        "Reached",
        "Of all, % (95 % CI)",
        "Difference, pp (95 % CI)",
        "Of those at the stage before, % (95 % CI)",
        "Difference of those, pp (95 % CI)",
    ]
    assert len(table.body) == 5 * 3
    assert list(dict.fromkeys(table.groups)) == [
        "Interview booked",
        "Interview attended",
        "Any session booked",
        "Any session attended",
        "Programme completed",
    ]
    assert list(line(table, 0).values()) == [
        "Short education",
        "600",
        "550",
        "91.7 (89.7 to 93.7)",
        "reference",
        "91.7 (89.7 to 93.7)",
        "reference",
    ]
    assert line(table, 5)["Difference of those, pp (95 % CI)"] == "2.3 (0.3 to 4.3)"
    assert table.title == "Stages from “interview booked” to “programme completed” by education."
    danish = cascade_table(attendance.stages(5), language="da")
    assert danish.groups[0] == "Samtale booket"
    assert danish.title == "Trin fra “samtale booket” til “forløb gennemført” efter uddannelse."
    with pytest.raises(ValueError, match="needs rows of the measure risk"):
        cascade_table(attendance.stages().select(measure="transition"))


def test_a_small_stage_is_dashes(attendance):
    table = cascade_table(attendance.stages(n=252))
    last = line(table, -3)
    assert last["Reached"] == last["Of all, % (95 % CI)"] == "–"
    assert any("Hidden" in note for note in table.notes)


def test_means_stand_unadjusted_next_to_adjusted_with_the_share_with_none(attendance):
    table = means_table(attendance.means())
    assert list(table.body.columns) == [
        "Education",
        "n",
        "With any",
        "With none, %",
        "Unadjusted",
        "Adjusted for age, sex and year",
    ]
    assert list(line(table, 0).values())[:4] == ["Short education", "540", "420", "22.2"]
    assert list(line(table, 0).values())[4:] == ["4.2 (3.8 to 4.6)"] * 2
    assert list(dict.fromkeys(table.groups)) == [
        "Mean (95 % CI) of sessions attended within 180 days",
        "Difference in means (95 % CI) of sessions attended within 180 days",
        "Ratio of means (95 % CI) of sessions attended within 180 days",
    ]
    # the reference of a contrast is a line of its own, counted
    assert list(line(table, 3).values()) == ["Short education", "540", "420", "22.2", "reference", "reference"]
    assert table.title == "Sessions attended within 180 days by education."


def test_means_of_several_kinds_of_activity_and_of_strata(attendance):
    kinds = Estimates.stack(
        [attendance.means(outcome=name, models={"crude": []}) for name in ("attended_exercise", "attended_diet")]
    )
    table = means_table(kinds, language="da")
    assert len(table.body) == 2 * 3 * 3
    assert table.groups[0] == "Gennemsnit (95 % KI) for fysisk træning: fremmøder inden for 180 dage"
    assert table.groups[-1].endswith("kostvejledning: fremmøder inden for 180 dage")
    strata = Estimates.stack([attendance.means(stratum=kind, models={"crude": []}) for kind in ("exercise", "diet")])
    assert means_table(strata).groups[-1].startswith("Diet: Ratio of means")
    for other in (gradient_table(kinds), measures_table(kinds)):
        assert len(other.body) >= 2 * 3 * 2
        assert other.body.drop_duplicates().shape == other.body.drop_duplicates().dropna().shape
    with pytest.raises(ValueError, match="two rows for"):
        means_table(Estimates.stack([attendance.means(), attendance.means()]))
    with pytest.raises(ValueError, match="a table of means needs rows of mean"):
        means_table(attendance.stages())


def test_few_with_none_have_no_share(attendance):
    table = means_table(attendance.means(none=2))
    assert set(table.body["With none, %"]) == {"–"}
    assert set(table.body["With any"]) == {"–"}
    assert line(table, 0)["Unadjusted"] == "4.2 (3.8 to 4.6)"


def test_rate_ratios_stand_in_the_table_of_the_gradient(attendance):
    rows = attendance.means().select(measure="mean_ratio").tidy().assign(measure="rate_ratio")
    details = attendance.means().select(measure="mean_ratio").details()
    made = attendance.means().select(measure="mean_ratio").replaced(rows=rows, details=details)
    table = gradient_table(made)
    assert table.groups[0] == "Ratio of mean numbers (rate ratio) (95 % CI) of sessions attended within 180 days"
    assert list(line(table, 0).values())[:4] == ["Short education", "540", "420", "reference"]
    assert "Events of means and of rate ratios: persons with at least one." in table.notes[0]


def test_how_models_fit_is_a_line_a_family(attendance):
    table = count_fit_table(attendance.fits())
    assert list(table.body.columns) == [
        "Count model",
        "AIC",
        "Log-likelihood",
        "Dispersion",
        "Share with none, expected, %",
        "Share with none, observed, %",
    ]
    assert list(line(table, 0).values()) == ["Poisson", "4,000.4", "−1,990.2", "2.35", "35.1", "45.1"]
    assert list(dict.fromkeys(table.groups)) == ["Unadjusted", "Adjusted for age, sex and year"]
    assert any("the lower, the better" in note for note in table.notes)
    why = {"negative_binomial.crude": "sessions_attended is 0 in all rows used: there is nothing to model"}
    refused = count_fit_table(attendance.fits().with_context(refused=why), language="da")
    assert refused.notes[-1] == (
        "Negativ binomial, ujusteret: ikke estimeret: fremmøder er 0 i alle anvendte rækker: der er intet at modellere."
    )
    few = count_fit_table(attendance.fits(zeros=3))
    assert set(few.body["Share with none, observed, %"]) == {"–"}
    with pytest.raises(ValueError, match="a table of fit needs rows of aic"):
        count_fit_table(attendance.stages())


def test_components_are_lines_and_models_columns(attendance):
    table = components_table(attendance.components())
    assert list(table.body.columns) == [
        "Component",
        "Unadjusted",
        "Adjusted for age, sex and year",
        "Unadjusted, %",
        "Adjusted for age, sex and year, %",
    ]
    assert table.groups[0] == "Medium education against short education (n = 540; reference 540)"
    assert line(table, 0)["Unadjusted"] == "0.38 (0.03 to 0.73)"
    assert line(table, 0)["Unadjusted, %"] == "88 (58 to 118)"
    assert [line(table, k)["Component"] for k in range(5)] == [
        "Number booked",
        "Cancelled by the person",
        "Cancelled by the centre",
        "Did not show up",
        "The whole difference",
    ]
    assert line(table, 4)["Unadjusted, %"] == ""
    assert list(table.spanners) == ["Contribution (95 % CI)", "Share, % (95 % CI)"]
    assert any("does not include 0" in note for note in table.notes)
    without = components_table(attendance.components().select(measure="contribution"), language="da")
    assert list(without.body.columns) == ["Komponent", "Ujusteret", "Justeret for alder, køn og år"]
    with pytest.raises(ValueError, match="needs rows of contribution"):
        components_table(attendance.stages())


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize(
    ("table", "made"),
    [
        (cascade_table, "stages"),
        (means_table, "means"),
        (count_fit_table, "fits"),
        (components_table, "components"),
    ],
)
def test_every_table_becomes_html_and_data(attendance, table, made, language, tmp_path):
    estimates = getattr(attendance, made)()
    finished = table(estimates, language=language, note="Synthetic data.")
    assert "Synthetic data." in finished.html()
    reading = {"sep": ";", "decimal": ","} if language == "da" else {}
    data = pd.read_csv(finished.csv(tmp_path / "table.csv"), **reading)
    assert len(data) == len(estimates)
    assert data["measure_label"].notna().all()
    reason = table(Estimates([], context={"refused": "data has no rows"}), language=language)
    assert len(reason.body) == 1


def test_a_title_names_a_few_outcomes_and_no_more(attendance):
    rows = attendance.means().tidy()
    kinds = ["attended_exercise", "attended_diet", "attended_memory", "attended_other"]
    several = [attendance.means().replaced(rows=rows.assign(outcome=kind)) for kind in kinds]
    assert "Exercise: sessions attended" in means_table(Estimates.stack(several[:3])).title
    table = means_table(Estimates.stack(several))
    assert table.title == "Means of several numbers by education."
    assert any("Diet" in group or "diet" in group for group in table.groups)
