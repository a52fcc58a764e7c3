"""Risks in combination: each where it is, its contrast below on an axis of its own; forests of differences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.report.captions import caption
from rehab_stats.report.figures import plot_forest, plot_interaction, plot_risks
from rehab_stats.vocabulary import Estimates

LEVELS, SEXES = ("short", "medium", "long"), ("female", "male")
LONG = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")


def joint(levels=LEVELS, *, strata=SEXES, modifier="sex", events=None, model="full") -> Estimates:
    """Risks, differences within strata and interaction contrasts, as `interaction(scale="risk")` gives them."""
    rows, details = [], []
    reference, first = levels[0], strata[0]
    for j, stratum in enumerate(strata):
        for i, level in enumerate(levels):
            base = {"outcome": "referred", "model": model, "level": level, "stratum": stratum, "n": 600}
            base |= {"events": (events or {}).get((level, stratum), 90 + 10 * i + 5 * j), "std_error": 0.02}
            made = {"joint_risk": (0.15 + 0.02 * i - 0.03 * j, None, None)}
            if i:
                made["risk_difference"] = (0.02 * i, reference, stratum)
            if i and j:
                made["interaction_contrast"] = (-0.01 * i * j, reference, first)
            for measure, (value, against, other) in made.items():
                limits = {"estimate": value, "conf_low": value - 0.04, "conf_high": value + 0.04}
                rows.append(base | {"measure": measure, "reference": against} | limits)
                counts = {"n_reference": 600, "events_reference": 90} if against else {}
                details.append({"reference_stratum": other} | counts)
    order = {"joint_risk": 0, "risk_difference": 1, "interaction_contrast": 2}
    places = sorted(range(len(rows)), key=lambda place: order[rows[place]["measure"]])
    context = {"exposure": "education", "stratum": modifier, "adjust": {"full": ["age"]}, "horizon_days": 365}
    return Estimates([rows[p] for p in places], details=pd.DataFrame([details[p] for p in places]), context=context)


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def words(ax, name):
    return [text.get_text() for text in ax.texts if text.get_gid() == name]


def test_risks_in_percent_above_and_contrasts_in_points_below():
    made = joint()
    ax = plot_interaction(made)
    below = ax.figure.axes[1]
    for axes, measure in ((ax, "joint_risk"), (below, "interaction_contrast")):
        rows = made.select(measure=measure).tidy()
        np.testing.assert_allclose([point.get_xdata()[0] for point in drawn(axes, "point")], 100 * rows["estimate"])
        np.testing.assert_allclose(
            [line.get_xdata() for line in drawn(axes, "interval")], 100 * rows[["conf_low", "conf_high"]]
        )
    assert words(ax, "heading") == ["Women: adjusted for age", "Men: adjusted for age"]
    assert words(below, "heading") == ["Men against women"]
    assert drawn(below, "null")[0].get_xdata()[0] == 0
    assert drawn(ax, "null") == []
    assert ax.get_xlabel() == "Referral within 365 days: risk (%)"
    assert "difference from short education" in below.get_xlabel()
    # the two plots stand over each other
    np.testing.assert_allclose(ax.get_position().intervalx, below.get_position().intervalx)


def test_the_numbers_at_the_right():
    ax = plot_interaction(joint())
    cells = words(ax, "cell")
    assert cells[:3] == ["15.0 (11.0 to 19.0)", "reference", "600 (90)"]
    assert cells[3:6] == ["17.0 (13.0 to 21.0)", "2.0 (−2.0 to 6.0)", "600 (100)"]
    assert words(ax.figure.axes[1], "cell")[:3] == ["", "−1.0 (−5.0 to 3.0)", ""]
    assert "Interaction contrast: 0 means that the differences add up." in words(ax.figure.axes[1], "note")[0]


def test_a_small_combination_takes_its_contrasts_with_it():
    ax = plot_interaction(joint(events={("medium", "female"): 3}))
    assert len(drawn(ax, "point")) == 5
    assert len(drawn(ax.figure.axes[1], "point")) == 1
    assert words(ax.figure.axes[1], "cell")[1] == "–"


def test_several_modifiers_stand_together():
    other = joint(strata=("cohabiting=alone", "cohabiting=cohabiting"), modifier="")
    ax = plot_interaction(Estimates.stack([joint(strata=("sex=female", "sex=male"), modifier=""), other]))
    assert words(ax, "heading") == [
        f"{who}: adjusted for age" for who in ("Women", "Men", "Living alone", "Cohabiting")
    ]
    assert words(ax.figure.axes[1], "heading") == ["Men against women", "Cohabiting against living alone"]


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("levels", [LEVELS, LONG])
def test_no_words_run_into_each_other(words_stand_free, levels, language):
    words_stand_free(plot_interaction(joint(levels), language=language, note="Synthetic data. " * 8).figure)


def test_without_contrasts_there_is_one_axes_and_two_models_are_refused(gradient):
    ax = plot_interaction(joint().select(measure=["joint_risk", "risk_difference"]))
    assert len(ax.figure.axes) == 1
    with pytest.raises(ValueError, match=r"several models \(full, crude\)"):
        plot_interaction(Estimates.stack([joint(), joint(model="crude")]))
    with pytest.raises(ValueError, match="no row with the measure joint_risk"):
        plot_interaction(gradient(("risk",)))


def test_a_forest_of_differences_is_in_percentage_points(gradient):
    made = gradient(("risk_difference",))
    ax = plot_forest(made)
    np.testing.assert_allclose([p.get_xdata()[0] for p in drawn(ax, "point")], 100 * made.tidy()["estimate"])
    assert ax.get_xscale() == "linear"
    assert drawn(ax, "null")[0].get_xdata()[0] == 0
    assert (
        ax.get_xlabel().replace("\n", " ")
        == "Risk difference of referral within 365 days (percentage points; reference: short education)"
    )
    assert words(ax, "column")[0] == "Risk difference, pp (95 % CI)"
    # a ratio among the rows is what a forest shows first
    assert plot_forest(gradient(("risk_ratio", "risk_difference"))).get_xscale() == "log"
    with pytest.raises(ValueError, match="there is no ratio and no difference"):
        plot_forest(gradient(("risk",)))


def test_a_forest_of_indices_has_no_reference(words_stand_free):
    rows = [
        {"outcome": "referred", "model": m, "measure": "slope_index", "estimate": e, "conf_low": e - 0.02}
        | {"conf_high": e + 0.02, "n": 4000, "events": 600}
        for m, e in (("crude", 0.1), ("full", 0.08))
    ]
    ax = plot_forest(Estimates(rows, context={"exposure": "education", "adjust": {"full": ["age"]}}))
    assert words(ax, "label") == ["All", "All"]
    assert "reference" not in ax.get_xlabel()
    # long words of the axis stay on the page, a long name leaves the column to the axis
    danish = plot_forest(Estimates(rows, context={"exposure": "education"}), language="da")
    words_stand_free(danish.figure)
    assert words(danish, "column")[0] == "Estimat, pp (95 % KI)"


def test_risks_within_several_horizons_have_a_group_each(gradient):
    parts = []
    for at in (180, 365):
        rows = gradient(("risk", "risk_difference"), models={"crude": []}).tidy()
        # other persons at each horizon, so that no step between them is small
        parts.append(rows.assign(at=at, events=rows["events"] - (0 if at == 365 else 10), outcome="event"))
    context = {"exposure": "education", "outcome": "referral_event", "adjust": {"crude": []}}
    made = Estimates(pd.concat(parts), context=context)
    ax = plot_risks(made)
    assert words(ax, "heading") == ["Within 180 days: unadjusted", "Within 365 days: unadjusted"]
    assert ax.get_xlabel() == "Risk of referral (%)"
    assert words(ax, "cell")[1] == "reference"
    assert plot_risks(made.select(at=365)).get_xlabel() == "Risk of referral within 365 days (%)"
    assert "Within 180 days: unadjusted, risk: short education" in caption("risks", made)


def test_captions_of_interactions_and_differences(gradient):
    text = caption("interaction", joint())
    assert "Women: adjusted for age, risk in each combination: short education: 15.0 % (11.0 to 19.0)" in text
    assert "medium education: −1.0 pp (−5.0 to 3.0)" in text
    assert "risk difference" not in text
    differences = caption("forest", gradient(("risk_difference",)), "da")
    assert differences.startswith(
        "Forskel i risiko for henvisning inden for 365 dage fra kort uddannelse, i procentpoint"
    )
