"""Tables of the effect: rungs in columns, tips or the lack of one, both rates, bounds; dashes where few would show."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.describe import descriptives
from rehab_stats.estimate.participation.cascade import cascade
from rehab_stats.report.captions import caption
from rehab_stats.report.cascade_chart import plot_cascade
from rehab_stats.report.effect_tables import bounds_table, completion_table, ladder_table, tipping_table
from rehab_stats.report.figures import plot_risks
from rehab_stats.report.means_chart import plot_means
from rehab_stats.report.participation_tables import cascade_table
from rehab_stats.report.summary_tables import measures_table
from rehab_stats.report.tables import descriptive_table, gradient_table
from rehab_stats.vocabulary import Estimates

FEW = {"short": (400, 150), "medium": (360, 160), "long": (30, 3)}


def line(table, place):
    return dict(table.body.iloc[place])


def group(table, name):
    return table.body[[words == name for words in table.groups]]


def test_the_ladder_has_a_column_per_rung_and_says_how_each_was_estimated(effect):
    table = ladder_table(effect.ladder())
    assert list(table.body.columns)[:4] == [
        "Education",
        "Complete cases (those with both forms)",
        "Weighted for response",
        "Mixed model",
    ]
    assert len(table.body.columns) == 8
    assert list(dict.fromkeys(table.groups)) == [
        "Mean change (95 % CI)",
        "Difference (95 % CI)",
        "n (both scores)",
        "How it was estimated",
    ]
    assert list(line(table, 0).values())[:3] == ["Short education", "8.1 (6.2 to 10.0)", "7.9 (5.7 to 10.1)"]
    assert set(list(line(table, 3).values())[1:]) == {"reference"}
    counted = group(table, "n (both scores)")
    assert list(counted["Complete cases (those with both forms)"]) == ["150 (150)", "160 (160)", "170 (170)"]
    assert list(counted["Multiple imputation"]) == ["400 (150)", "360 (160)", "320 (170)"]
    how = group(table, "How it was estimated").set_index("Education")
    assert how.loc["Imputations", "Multiple imputation"] == "60"
    assert how.loc["Imputations", "Mixed model"] == ""
    assert how.loc["Fraction of missing information, largest", "Dropouts without the level's mean change"] == "0.52"
    assert how.loc["Degrees of freedom, smallest", "Mixed model"] == "430"
    assert list(how.loc["Effective number of persons"]) == ["", "211", *[""] * 5]
    assert table.title.startswith("Change in global health status (points) by education under each handling")
    assert table.notes[0].startswith("Adjusted for age and sex.")


def test_the_effective_number_is_found_where_models_are_named_and_a_refused_rung_is_told(effect):
    made = effect.ladder(rungs=("complete_cases", "weights"))
    several = made.replaced(diagnostics={"effective_n.full.weights": 99.6})
    assert "100" in list(ladder_table(several).body["Weighted for response"])
    why = {"handling=mixed_model": "the rows used are too few to tell the coefficients apart"}
    refused = ladder_table(made.with_context(refused=why), language="da")
    assert refused.notes[-1].startswith("Blandet model: ikke estimeret: de anvendte rækker er for få")


def test_few_pairs_leave_dashes_and_no_degrees_of_freedom(effect):
    table = ladder_table(effect.ladder(counts=FEW))
    long = table.body[table.body["Education"] == "Long education"]
    assert set(long["Weighted for response"]) == {"–", "30 (–)"}
    assert set(long["Complete cases (those with both forms)"]) == {"–", "– (–)"}
    assert "Degrees of freedom, smallest" not in set(table.body["Education"])
    assert "Effective number of persons" not in set(table.body["Education"])
    assert any("Hidden" in note for note in table.notes)


def test_the_index_has_three_decimals_and_no_points(effect):
    table = ladder_table(effect.ladder(scale="index", digits=3))
    assert line(table, 0)["Weighted for response"] == "7.900 (5.700 to 10.100)"
    assert table.title.startswith("Change in EQ-5D-5L index by education")


def test_tips_stand_beside_the_difference_where_nobody_is_moved(effect):
    table = tipping_table(effect.tipping())
    assert list(line(table, 0).values()) == [
        "Medium education against short education",
        "360 (160)",
        "2.4 (−0.7 to 5.5)",
        "−4.8",
        "1.4",
        "none in the range tried",
    ]
    assert list(table.body.columns)[-3:] == [
        "Difference 0",
        "The interval begins or ceases to hold 0",
        "Smallest important difference (±5)",
    ]
    assert "by how much those without a follow-up form must have changed differently" in table.title
    lost = tipping_table(effect.tipping(among="dropouts", mid=2.5), language="da")
    assert lost.body.columns[-1] == "Mindste betydende forskel (±2,5)"
    assert "hos de frafaldne" in lost.title
    alone = tipping_table(effect.tipping().select(measure="tipping_delta"))
    assert len(alone.body.columns) == 5
    hidden = tipping_table(effect.tipping(counts=(30, 3)))
    assert set(hidden.body[hidden.body.columns[-1]]) == {"–"}


def test_both_rates_stand_side_by_side_with_everybody_last(effect):
    table = completion_table(effect.rates())
    assert list(table.body.columns) == [
        "Education",
        "Due",
        "Completed",
        "Completion rate, % (95 % CI)",
        "All",
        "With scores",
        "With a score, of all, % (95 % CI)",
    ]
    assert list(dict.fromkeys(table.groups)) == ["Baseline", "Follow-up"]
    assert list(line(table, 4).values()) == [
        *("Short education", "370", "120", "32.4 (27.4 to 37.4)", "400", "120", "30.0 (25.0 to 35.0)")
    ]
    assert [line(table, k)["Education"] for k in (3, 7)] == ["All", "All"]
    assert set(completion_table(effect.rates(), language="da").body["Uddannelse"]) >= {"Kort uddannelse", "Alle"}


def test_bounds_are_a_line_a_level(effect):
    table = bounds_table(effect.bounds())
    assert list(line(table, 0).values()) == ["Short education", "400 (150)", "−31.2", "44.8", "reference", "reference"]
    assert list(line(table, 1).values())[-2:] == ["−70.1", "74.9"]
    few = bounds_table(effect.bounds(counts=FEW))
    assert set(list(line(few, 2).values())[2:]) == {"–"}


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize(
    ("table", "made"),
    [(ladder_table, "ladder"), (tipping_table, "tipping"), (completion_table, "rates"), (bounds_table, "bounds")],
)
def test_every_table_becomes_html_and_data_and_refuses_what_it_cannot_show(effect, table, made, language, tmp_path):
    estimates = getattr(effect, made)()
    finished = table(estimates, language=language, note="Synthetic data.")
    assert "Synthetic data." in finished.html()
    reading = {"sep": ";", "decimal": ","} if language == "da" else {}
    data = pd.read_csv(finished.csv(tmp_path / "table.csv"), **reading)
    assert len(data) == len(estimates)
    assert data["measure_label"].notna().all()
    assert len(table(Estimates([], context={"refused": "data has no rows"}), language=language).body) == 1
    with pytest.raises(ValueError, match="needs rows of"):
        table(effect.balance())
    with pytest.raises(ValueError, match=r"two rows for|several rows for"):
        table(Estimates.stack([estimates, estimates]))


# figures and tables that were there already, with the words of the effect


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(2015)
    given = rng.random(900) < 0.6
    baseline = given & (rng.random(900) < 0.8)
    followup = baseline & (rng.random(900) < 0.7)
    pattern = np.select(
        [followup, baseline, given], ["both", "baseline_only", "given_not_returned"], default="never_given"
    )
    order = ["both", "baseline_only", "followup_only", "given_not_returned", "never_given"]
    return pd.DataFrame(
        {
            "education": pd.Categorical(
                rng.choice(["basic", "long_higher"], 900), ["basic", "long_higher"], ordered=True
            ),
            "sex": rng.choice(["female", "male"], 900),
            "given": given.astype(float),
            "returned_baseline": baseline.astype(float),
            "both": followup.astype(float),
            "form_pattern": pd.Categorical(pattern, order),
            "score_baseline": np.where(baseline, rng.integers(0, 13, 900) * 100 / 12, np.nan),
        }
    )


def test_the_flow_of_forms_is_a_cascade(people):
    stages = {name: name for name in ("given", "returned_baseline", "both")}
    made = cascade(people, stages=stages, exposure="education")
    table = cascade_table(made)
    assert list(dict.fromkeys(table.groups)) == [
        "Baseline form given",
        "Baseline form returned",
        "Both forms returned",
    ]
    ax = plot_cascade(made, language="da")
    shown = [text.get_text().replace("\n", " ") for text in ax.figure.axes[0].texts if text.get_gid() == "stage"]
    assert shown == ["Startskema udleveret", "Startskema besvaret", "Begge skemaer besvaret"]


def test_who_is_missing_is_table_1_by_pattern_of_forms(people):
    by_level = descriptive_table(descriptives(people, exposure="education", columns=["form_pattern"]))
    assert "Never given a form" in set(by_level.body["Characteristic"].str.strip())
    columns = ["sex", "score_baseline"]
    by_pattern = descriptive_table(descriptives(people, exposure="form_pattern", columns=columns), language="da")
    assert list(by_pattern.body.columns)[1:] == [
        "Begge skemaer",
        "Kun startskema",
        "Udleveret, intet besvaret",
        "Fik aldrig udleveret et skema",
        "Alle",
    ]
    assert "Score ved start" in by_pattern.groups


def test_changes_are_named_in_the_tables_and_figures_of_means(effect):
    made = effect.ladder(rungs=("imputation",), model="crude", terms=())
    table = gradient_table(made)
    assert table.groups[0] == (
        "Multiple imputation: Difference in means (95 % CI) of change in global health status (points)"
    )
    assert "Events of changes: persons with both scores." in table.notes[0]
    assert "at least one" not in table.notes[0]
    assert len(measures_table(made, language="da").body) == 5
    ax = plot_means(made)
    assert [text.get_text() for text in ax.texts if text.get_gid() == "column"][-1] == "n (both scores)"
    assert ax.get_xlabel() == "Change in global health status (points): mean"


def shares() -> Estimates:
    rows = []
    for j, level in enumerate(("short", "long")):
        row = {"outcome": "improved", "model": "crude", "level": level, "n": 200, "events": 60 + 20 * j}
        share = 0.3 + 0.1 * j
        rows.append(row | {"measure": "risk", "estimate": share, "conf_low": share - 0.05, "conf_high": share + 0.05})
    apart = {"measure": "risk_difference", "reference": "short", "estimate": 0.1, "conf_low": 0.01, "conf_high": 0.19}
    return Estimates([*rows, row | apart], context={"exposure": "education", "adjust": {"crude": []}})


def test_shares_beyond_a_threshold_are_called_shares():
    ax = plot_risks(shares())
    assert ax.get_xlabel() == "Share of improvement by at least the threshold (%)"
    text = caption("risks", shares())
    assert text.startswith("Standardised share of improvement by at least the threshold with 95 % confidence intervals")
    danish = " ".join([caption("risks", shares(), "da"), *measures_table(shares(), language="da").groups])
    assert "Forbedring på mindst tærsklen: andel, % (95 % KI)" in danish
    assert "isiko" not in danish
