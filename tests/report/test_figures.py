"""Figures are tested by the numbers in their artists, and by where their words stand."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from rehab_stats.report.appearance import PLACES, WIDTHS, level_styles, text_width, theme, wrap
from rehab_stats.report.captions import caption
from rehab_stats.report.disclosure import protect
from rehab_stats.report.figures import plot_flow, plot_forest, plot_measures, plot_risks
from rehab_stats.report.phrases import PHRASES, heading_words, model_heading, phrase
from rehab_stats.vocabulary import Estimates

ALL = ("risk", "risk_difference", "risk_ratio", "odds_ratio", "hazard_ratio")
LONG_LEVELS = {
    "basic": (3322, 410),
    "upper_secondary_or_vocational": (4105, 640),
    "short_or_medium_higher": (12_890, 2773),
    "long_higher": (3890, 773),
    "unknown": (210, 22),
}


def artists(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def words(ax, name):
    return [text.get_text() for text in ax.texts if text.get_gid() == name]


def test_forest_draws_each_ratio_and_its_interval_where_it_is(gradient):
    estimates = gradient(("hazard_ratio",))
    ax = plot_forest(estimates)
    rows = estimates.tidy()
    assert ax.get_xscale() == "log"
    np.testing.assert_allclose([line.get_xdata()[0] for line in artists(ax, "point")], rows["estimate"])
    intervals = np.array([line.get_xdata() for line in artists(ax, "interval")])
    np.testing.assert_allclose(intervals, rows[["conf_low", "conf_high"]])
    assert [line.get_xdata()[0] for line in artists(ax, "null")] == [1.0]
    # point and interval of a row share a line, and rows run downwards
    heights = [line.get_ydata()[0] for line in artists(ax, "point")]
    assert heights == sorted(heights)
    assert heights == [line.get_ydata()[0] for line in artists(ax, "interval")]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_forest_says_what_it_shows_in_words(gradient):
    ax = plot_forest(gradient(("hazard_ratio",)))
    assert ax.get_xlabel() == "Hazard ratio of referral (reference: short education)"
    assert words(ax, "heading") == ["Unadjusted", "Adjusted for age, sex and year"]
    assert words(ax, "label")[:3] == ["Medium education", "Long education", "Unknown education"]
    assert words(ax, "column") == ["Hazard ratio (95 % CI)", "n (events)"]
    assert words(ax, "cell")[:2] == ["1.29 (1.14 to 1.45)", "4,105 (640)"]


def test_forest_in_danish(gradient):
    ax = plot_forest(gradient(("odds_ratio",)), language="da")
    assert ax.get_xlabel() == "Odds ratio for henvisning inden for 365 dage (reference: kort uddannelse)"
    assert words(ax, "cell")[:2] == ["1,31 (1,16 til 1,48)", "4.105 (640)"]
    ax.figure.canvas.draw()
    ticks = [tick.get_text() for tick in ax.get_xticklabels()]
    assert "1,25" in ticks
    assert not any("." in tick for tick in ticks)


def test_printed_figures_are_open_named_and_apart(gradient, printed):
    estimates = gradient(("hazard_ratio",))
    ax = plot_forest(estimates, published=printed)
    points = artists(ax, "point")
    assert [p.get_markerfacecolor() == "white" for p in points] == [False] * len(estimates) + [True, True]
    rule = artists(ax, "rule")[0].get_ydata()[0]
    assert points[len(estimates) - 1].get_ydata()[0] < rule < points[len(estimates)].get_ydata()[0]
    assert words(ax, "heading")[-1] == "Printed, fully adjusted (Moustsen et al. 2015)"
    assert [p.get_xdata()[0] for p in points[-2:]] == [1.15, 1.33]
    # the printed n is that of the whole study: it stands beside no level
    assert words(ax, "cell")[-1] == ""


def test_printed_figures_against_another_reference_stay_out(gradient, printed):
    other = printed.tidy()
    other.loc[1, "reference"] = "basic"
    ax = plot_forest(gradient(("hazard_ratio",)), published=Estimates(other, details=printed.details()))
    assert [p.get_xdata()[0] for p in artists(ax, "point") if p.get_markerfacecolor() == "white"] == [1.15]
    with pytest.raises(ValueError, match="no hazard_ratio of these levels"):
        plot_forest(
            gradient(("hazard_ratio",)),
            published=Estimates(printed.tidy().assign(reference="basic"), details=printed.details()),
        )


def test_a_printed_hazard_ratio_is_never_set_beside_an_odds_ratio(gradient, printed):
    with pytest.raises(ValueError, match="no odds_ratio"):
        plot_forest(gradient(("odds_ratio",)), published=printed)


@pytest.mark.parametrize("measures", [("odds_ratio", "hazard_ratio"), ("risk",)])
def test_forest_takes_one_ratio(gradient, measures):
    with pytest.raises(ValueError, match="one ratio measure"):
        plot_forest(gradient(measures))


def test_a_level_looks_the_same_in_every_figure(gradient):
    forest = artists(plot_forest(gradient(("hazard_ratio",))), "point")
    risks = artists(plot_risks(gradient(("risk", "risk_difference"))), "point")
    look = [(to_hex(p.get_color()), p.get_marker()) for p in (*forest[:3], *risks[:4])]
    assert look[:3] == look[4:7]
    assert len(set(look[3:])) == 4
    assert look[2] == tuple(level_styles(["unknown"])["unknown"])


def test_the_ramp_of_education_darkens_in_one_direction():
    styles = level_styles(["basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher"])
    light = [np.dot(plt.matplotlib.colors.to_rgb(s.color), [0.2126, 0.7152, 0.0722]) for s in styles.values()]
    assert light == sorted(light)
    assert min(np.diff(light)) > 0.08
    assert len({s.marker for s in styles.values()}) == 4
    assert PLACES["short"] == PLACES["basic"]
    assert PLACES["long"] == PLACES["long_higher"]


def test_levels_of_another_exposure_get_their_own_looks():
    styles = level_styles(["1", "2", "3", "4", "5", "missing"])
    assert len({s.color for s in styles.values()}) == 6
    assert len({s.marker for s in styles.values()}) == 6


def test_risks_are_in_percent_with_differences_beside(gradient):
    estimates = gradient(("risk", "risk_difference"), models={"crude": []})
    ax = plot_risks(estimates)
    risks = estimates.select(measure="risk").tidy()
    np.testing.assert_allclose([p.get_xdata()[0] for p in artists(ax, "point")], 100 * risks["estimate"])
    np.testing.assert_allclose(
        [line.get_xdata() for line in artists(ax, "interval")], 100 * risks[["conf_low", "conf_high"]]
    )
    assert ax.get_xlabel() == "Risk of referral within 365 days (%)"
    cells = words(ax, "cell")
    assert cells[:3] == ["12.3 (11.3 to 13.3)", "reference", "3,322 (410)"]
    assert cells[4] == "3.2 (1.2 to 5.2)"
    assert ax.get_xscale() == "linear"


def test_measures_side_by_side_keep_their_axes_apart(gradient):
    estimates = gradient(ALL).select(model="crude")
    ax = plot_measures(estimates)
    below = ax.figure.axes[1]
    rows = estimates.tidy().set_index("measure")["estimate"]
    ratios = np.concatenate([rows[m] for m in ("hazard_ratio", "odds_ratio", "risk_ratio")])
    np.testing.assert_allclose([p.get_xdata()[0] for p in artists(ax, "point")], ratios)
    np.testing.assert_allclose([p.get_xdata()[0] for p in artists(below, "point")], 100 * rows["risk_difference"])
    assert (
        "hazard ratio: how fast, at any time, among those alive and still without it" in words(ax, "heading")[0].lower()
    )
    assert below.get_xlabel() == "Referral: risk difference (percentage points; reference: short education)"
    # the plots are of one width and stand over each other
    np.testing.assert_allclose(ax.get_position().intervalx, below.get_position().intervalx)
    assert below.get_position().y1 < ax.get_position().y0


def test_measures_refuse_two_models_and_a_missing_difference(gradient):
    with pytest.raises(ValueError, match="select one model"):
        plot_measures(gradient(ALL))
    with pytest.raises(ValueError, match="risk_difference"):
        plot_measures(gradient(("hazard_ratio",), models={"crude": []}))


def test_a_hidden_number_is_a_dash_without_a_point_and_is_explained(gradient):
    counts = {"short": (3322, 410), "medium": (4105, 640), "unknown": (400, 3)}
    ax = plot_forest(gradient(("odds_ratio",), counts=counts, models={"crude": []}), note="Synthetic data.")
    assert len(artists(ax, "point")) == 1
    assert words(ax, "cell")[-2:] == ["–", "400 (–)"]
    assert words(ax, "note")[0].startswith("Synthetic data. – Hidden: fewer than 5 persons")


def test_the_note_names_the_minimum_that_was_used(gradient, flow):
    made = gradient(("odds_ratio",), counts={"short": (3322, 410), "long": (400, 9)}, models={"crude": []})
    strict = protect(made, minimum=10)
    assert "fewer than 10 persons" in words(plot_forest(strict), "note")[0]
    steps = protect(flow(relatives=9), minimum=10)
    assert "fewer than 10 persons" in " ".join(words(plot_flow(steps), "note")[0].split())
    assert "fewer than 10 persons" in caption("forest", strict)
    rounded = protect(made, preset="opensafely")
    assert words(plot_forest(rounded), "note") == ["Counts are rounded to the nearest 5."]
    assert "Counts are rounded to the nearest 5." in caption("forest", rounded)


def test_ratios_off_the_scale_end_in_an_arrow():
    row = {"outcome": "referred", "model": "crude", "measure": "odds_ratio", "level": "long", "reference": "short"}
    wide = row | {"estimate": 3.0, "conf_low": 0.01, "conf_high": 90.0, "n": 50, "events": 10}
    ax = plot_forest(Estimates([wide]))
    assert [line.get_marker() for line in artists(ax, "arrow")] == ["<", ">"]
    assert ax.get_xlim() == (0.05, 20.0)


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("kind", ["forest", "risks", "measures", "strata"])
def test_no_words_run_into_each_other(gradient, printed, words_stand_free, kind, language):
    made = gradient(ALL, counts=LONG_LEVELS)
    note = "Synthetic data: simulated persons. " * 3
    if kind == "forest":
        ax = plot_forest(gradient(("hazard_ratio",)), published=printed, language=language, note=note)
    elif kind == "risks":
        ax = plot_risks(made, language=language, note=note)
    elif kind == "measures":
        ax = plot_measures(made.select(model="crude"), language=language, note=note)
    else:
        terms = [
            "bs(age, df=4)",
            "C(year)",
            "diagnosis_group",
            "income_fifth",
            "cohabiting",
            "children_at_home",
            "origin",
        ]
        made = gradient(ALL, counts=LONG_LEVELS, models={"crude": [], "full": [*terms, "comorbidity", "department"]})
        two = [made.select(measure="odds_ratio").tidy().assign(stratum=s) for s in ("female", "male")]
        stacked = Estimates.stack([Estimates(rows, context=made.context | {"stratum": "sex"}) for rows in two])
        ax = plot_forest(stacked, language=language, note=note)
    words_stand_free(ax.figure)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS["double"])


def test_the_check_for_overlaps_finds_one(gradient, words_stand_free):
    ax = plot_forest(gradient(("hazard_ratio",)))
    label = next(text for text in ax.texts if text.get_gid() == "label")
    label.set_fontsize(40)
    with pytest.raises(AssertionError, match="runs into"):
        words_stand_free(ax.figure)


def test_a_given_axes_is_used_and_one_too_narrow_refused(gradient):
    _, (left, right) = plt.subplots(1, 2, figsize=(18, 4))
    assert plot_risks(gradient(("risk", "risk_difference"), models={"crude": []}), ax=left) is left
    with pytest.raises(ValueError, match="needs a width of"):
        plot_risks(gradient(("risk",)), ax=plt.figure(figsize=(2, 3)).add_subplot())
    assert not right.texts


def test_the_theme_leaves_the_users_settings_alone(gradient):
    before = dict(plt.rcParams)
    plot_forest(gradient(("hazard_ratio",)))
    assert dict(plt.rcParams) == before
    assert theme()["font.family"] == ["DejaVu Sans"]
    assert theme()["pdf.fonttype"] == 42


def test_text_is_measured_as_it_is_drawn():
    fig = plt.figure(dpi=72)
    with plt.rc_context(theme()):
        text = fig.text(0, 0, "Adjusted for age, sex and year")
        drawn = text.get_window_extent(fig.canvas.get_renderer()).width
    # a little room is kept, no more
    assert 0 <= text_width("Adjusted for age, sex and year") - drawn < 0.05 * drawn


def test_wrapping_keeps_every_word_and_the_width():
    words_in = "died or emigrated before registration of referrals began"
    lines = wrap(words_in, 90).split("\n")
    assert " ".join(lines) == words_in
    assert len(lines) > 2
    assert max(map(text_width, lines)) <= 90


def test_captions_name_numbers_the_source_and_what_is_hidden(gradient, printed):
    counts = {"short": (3322, 410), "medium": (4105, 640), "long": (400, 3)}
    made = gradient(("hazard_ratio",), counts=counts, models={"crude": []})
    text = caption("forest", made, published=printed, note="Synthetic data.")
    assert "Hazard ratio of referral" in text
    assert "against short education" in text
    assert "medium education: 1.29 (1.14 to 1.45); long education: –." in text
    assert "Open markers under the line are printed figures (Moustsen et al. 2015)" in text
    assert "Synthetic data." in text
    assert "Hidden: fewer than 5 persons" in text
    danish = caption("risks", gradient(("risk", "risk_difference")), "da")
    assert "Standardiseret risiko for henvisning inden for 365 dage" in danish
    assert "12,3 % (11,3 til 13,3)" in danish
    assert "procentpoint" in danish
    with pytest.raises(ValueError, match="kind must be one of"):
        caption("pie", made)


def test_captions_have_points_for_differences_and_percent_for_risks(gradient):
    text = caption("risks", gradient(("risk", "risk_difference"), models={"crude": []}))
    assert "short education: 12.3 % (11.3 to 13.3)" in text
    assert "medium education: 3.2 pp (1.2 to 5.2)" in text


def test_the_caption_of_measures_gives_no_horizon_to_the_hazard_ratio(gradient):
    text = caption("measures", gradient(ALL).select(model="crude"))
    assert "measures of referral side by side" in text
    assert "The hazard ratio is of all times, the other measures are of the first 365 days." in text
    others = caption("measures", gradient(("risk_ratio", "risk_difference")).select(model="crude"), "da")
    assert "mål for henvisning inden for 365 dage side om side" in others
    assert "Hazard" not in others


def test_captions_have_words_for_columns(gradient):
    made = gradient(("hazard_ratio",))
    told = Estimates(made.tidy(), context=made.context, method="Hazard ratios over days_to_referral by education.")
    assert caption("forest", told).endswith("Hazard ratios over days to referral by education.")


def test_the_flow_caption_lists_every_step(flow):
    text = caption("flow", flow(relatives=3))
    assert "Persons included: 13,836" in text or "persons included: 13,836" in text
    assert "relatives, not patients: –" in text


def test_headings_say_what_was_adjusted_for():
    context = {"adjust": {"full": ["bs(age, df=4)", "C(year)", "income_fifth"]}, "stratum": "sex"}
    assert model_heading("full", context) == "Adjusted for age, year and income"
    assert model_heading("full", {}) == "Adjusted for age, sex, year, cancer type, income, cohabitation and children"
    assert model_heading("adjusted", {"adjust": ["sex"]}) == "Adjusted for sex"
    assert model_heading("crude", context, "da") == "Ujusteret"
    assert heading_words("female", "full", context) == "Women: adjusted for age, year and income"


def test_every_phrase_has_the_same_gaps_in_both_languages():
    gaps = [[set(part.split("}")[0] for part in text.split("{")[1:]) for text in pair] for pair in PHRASES.values()]
    assert all(english == danish for english, danish in gaps)
    with pytest.raises(ValueError, match="language"):
        phrase("reference", "de")


def test_flow_without_kinds_is_refused(gradient):
    with pytest.raises(ValueError, match="kind"):
        plot_flow(gradient(("risk",)))
