"""Scenarios: a line per level from what was observed to what would be, and what becomes of the gap in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.report.appearance import WIDTHS, level_styles
from rehab_stats.report.captions import caption
from rehab_stats.report.panels import spread
from rehab_stats.report.scenario_chart import plot_scenarios
from rehab_stats.vocabulary import Estimates

FIVE = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
TIMES = {"as_observed": 1.0, "refer_all": 5.0, "equal_booking": 1.2}
CHANGES = {
    "refer_all": {"referred": ("set_to", 1.0, "")},
    "equal_booking": {"sessions_booked": ("like_level", "long_higher", "")},
    "scenario": {"referred": ("like_group", "d1", "department")},
}


def made(levels=FIVE, *, times=TIMES, n=None, exposure="education"):
    """Risks of the first stage and means of the last: 0.6 sessions at the reference, a tenth more a level."""
    rows, details = [], []
    n = {level: 900 - 50 * place for place, level in enumerate(levels)} | (n or {})
    n["everybody"] = sum(n.values())
    values = {level: 0.6 + 0.1 * place for place, level in enumerate(levels)} | {"everybody": 0.7}
    for model, factor in times.items():
        for outcome, kind, size in (("referred", "risk", 0.1), ("sessions_attended", "mean", 1.0)):
            mine = {level: value * size * factor for level, value in values.items()}
            found = [(kind, level, mine[level]) for level in (*levels, "everybody")]
            found += [(f"{kind}_difference", level, mine[level] - mine[levels[0]]) for level in levels[1:]]
            found += [(f"{kind}_ratio", level, mine[level] / mine[levels[0]]) for level in levels[1:]]
            if model != "as_observed":
                found.append(("additional", "everybody", 10_000 * (factor - 1) * values["everybody"] * size))
                found += [
                    ("gap_change", level, (factor - 1) * (values[level] - values[levels[0]]) * size)
                    for level in levels[1:]
                ]
            for measure, level, value in found:
                per = kind == "mean" and not measure.endswith("_ratio") and measure != "additional"
                contrast = measure not in {"risk", "mean", "additional"}
                row = {"model": model, "outcome": outcome, "measure": measure, "level": level, "n": n[level]}
                row |= {"events": n[level] // 5, "estimate": value, "conf_low": 0.9 * value, "conf_high": 1.1 * value}
                rows.append(row | ({"reference": levels[0]} if contrast else {}))
                details.append(
                    {
                        "per": 100.0 if per or measure == "gap_change" else np.nan,
                        "n_reference": n[levels[0]] if contrast else np.nan,
                        "events_reference": n[levels[0]] // 5 if contrast else np.nan,
                    }
                )
    context = {"exposure": exposure, "outcome": "sessions_attended", "stages": ["referred", "sessions_attended"]}
    context |= {"kinds": ["yes_no", "count"], "adjust": {model: ["age", "sex"] for model in times}}
    context |= {"changes": {name: CHANGES[name] for name in times if name in CHANGES}}
    return Estimates(rows, details=pd.DataFrame(details, dtype="float64"), context=context)


@pytest.fixture(scope="module")
def five():
    return made()


def words(ax, name):
    return [text.get_text().replace("\n", " ").replace("\xa0", " ") for text in ax.texts if text.get_gid() == name]


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def test_each_level_is_a_line_from_what_was_observed_to_the_scenario(five):
    ax = plot_scenarios(five)
    frame, first, second = ax.figure.axes
    assert ax is first
    styles = level_styles(FIVE)
    for panel, times in ((first, 5.0), (second, 1.2)):
        for place, (line, level) in enumerate(zip(drawn(panel, "slope"), FIVE, strict=True)):
            np.testing.assert_allclose(line.get_ydata(), np.array([1, times]) * (60 + 10 * place))
            assert (line.get_color(), line.get_marker()) == styles[level]
        ends = np.array([line.get_ydata() for line in drawn(panel, "interval")])
        values = np.array([line.get_ydata() for line in drawn(panel, "slope")]).ravel()
        np.testing.assert_allclose(ends, np.column_stack([0.9 * values, 1.1 * values]))
        assert panel.get_ylim()[0] == 0
        assert set(words(panel, "level")) == {
            "Basic education",
            "Upper secondary or vocational education",
            "Short or medium higher education",
            "Long higher education",
            "Unknown education",
        }
    assert words(frame, "title") == ["Sessions attended per 100 diagnosed: adjusted for age and sex"]
    assert words(frame, "heading") == ["Everybody referred", "Equal booking"]
    assert words(frame, "changed")[0] == "Everybody who comes that far passes the stage “referral”"


def test_under_a_panel_stands_what_becomes_of_the_gap_of_the_farthest_level(five):
    frame = plot_scenarios(five).figure.axes[0]
    assert words(frame, "said")[:4] == [
        "Gap: 30.0 (27.0 to 33.0) → 150.0 (135.0 to 165.0)",
        "Change of the gap: 120.0 (108.0 to 132.0)",
        "Ratio: 1.50 (1.35 to 1.65) → 1.50 (1.35 to 1.65)",
        "Additional sessions attended a year: 28,000 (25,200 to 30,800)",
    ]
    note = words(frame, "note")[0]
    assert "Gap and ratio: long higher education against basic education" in note
    assert "n = 4,000" in note


def test_panels_have_one_axis_unless_one_reaches_twice_as_high(five):
    frame, first, second = plot_scenarios(five).figure.axes
    assert first.get_ylim() != second.get_ylim()
    assert "Axes differ between panels." in words(frame, "note")[0]
    near = plot_scenarios(made(FIVE[:3], times={"as_observed": 1, "refer_all": 1.4, "equal_booking": 1.2})).figure.axes
    assert near[1].get_ylim() == near[2].get_ylim()
    assert "Axes differ" not in words(near[0], "note")[0]


def test_another_stage_may_be_drawn_and_a_scenario_without_a_name_goes_by_what_it_changes():
    one = made(("female", "male"), times={"as_observed": 1, "scenario": 1.5}, exposure="sex")
    ax = plot_scenarios(one, outcome="referred")
    np.testing.assert_allclose(drawn(ax, "slope")[0].get_ydata(), [6, 9])
    frame = ax.figure.axes[0]
    assert words(frame, "heading") == []
    assert words(frame, "changed")[0].startswith("Everybody passes the stage “referral” as often as persons alike")
    assert words(frame, "title") == ["Referral per 100 diagnosed: adjusted for age and sex"]
    with pytest.raises(ValueError, match="outcome must be one of referred, sessions_attended; got 'started'"):
        plot_scenarios(one, outcome="started")


def test_a_level_of_few_persons_is_not_drawn_and_the_note_says_so():
    ax = plot_scenarios(made(FIVE[:3], n={FIVE[1]: 3}))
    assert np.isnan(drawn(ax, "slope")[1].get_ydata()).all()
    assert "Hidden" in words(ax.figure.axes[0], "note")[0]
    assert "Upper secondary or vocational education" not in words(ax, "level")


CASES = {"five": made, "sex": lambda: made(("female", "male"), exposure="sex", times={"as_observed": 1, "scenario": 2})}


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("case", CASES)
def test_no_words_run_into_each_other(words_stand_free, case, width, language):
    ax = plot_scenarios(CASES[case](), language=language, width=width, note="Synthetic data. " * 9)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS[width])
    words_stand_free(ax.figure)


def test_what_is_no_scenario_is_refused(five):
    with pytest.raises(ValueError, match="nothing under a scenario to put beside what was observed"):
        plot_scenarios(five.select(model="as_observed"))
    with pytest.raises(ValueError, match="several rows of basic: select one stratum"):
        plot_scenarios(Estimates.stack([five, five]))
    with pytest.raises(ValueError, match="no difference between levels at sessions_attended"):
        plot_scenarios(five.select(measure="mean"))
    assert plot_scenarios(Estimates([], context={"refused": "data has no rows"})).texts[0].get_gid() == "reason"


def test_the_caption_reads_each_level_before_and_after_and_what_becomes_of_the_gap(five):
    text = caption("scenarios", five)
    assert text.startswith("Sessions attended by education, as observed and under each scenario")
    assert "basic education: from 60.0 (54.0 to 66.0) to 300.0 (270.0 to 330.0);" in text
    assert "Long higher education against basic education: gap: from 30.0 (27.0 to 33.0) to 150.0" in text
    assert "→" not in text
    assert "grundskole: fra 60,0" in caption("scenarios", five, "da")


def test_words_are_spread_around_the_middle_of_those_that_would_overlap():
    assert spread([50.0, 20.0], [10, 10], 100) == [50, 20]
    assert spread([50.0, 50.0, 50.0], [10, 10, 10], 100) == [40, 50, 60]
    assert spread([0.0, 100.0], [10, 10], 100) == [5, 95]
    assert spread([98.0, 97.0], [10, 20], 100) == [95, 80]
    assert spread([], [], 100) == []
