"""Means by level: what is drawn, the numbers beside it, and printed means as open markers."""

from __future__ import annotations

import numpy as np
import pytest

from rehab_stats.report.appearance import WIDTHS, level_styles
from rehab_stats.report.captions import caption
from rehab_stats.report.means_chart import plot_means
from rehab_stats.vocabulary import Estimates

FIVE = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
LEVELS = {2: ("short", "long"), 3: ("short", "medium", "long"), 5: FIVE}


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def words(ax, name):
    return [text.get_text() for text in ax.texts if text.get_gid() == name]


def printed(levels=FIVE[:4], values=(4.2, 4.5, 5.1, 5.5), measure="mean") -> Estimates:
    rows = [{"measure": measure, "level": level, "estimate": v} for level, v in zip(levels, values, strict=True)]
    source = {"source": "Centre for Cancer and Health Copenhagen, report on the equality project 2015-17"}
    return Estimates([{"outcome": "sessions_attended", "model": "published"} | row for row in rows], context=source)


def test_means_with_their_intervals_and_the_numbers_at_the_right(attendance):
    made = attendance.means()
    ax = plot_means(made)
    rows = made.select(measure="mean").tidy()
    np.testing.assert_allclose([point.get_xdata()[0] for point in drawn(ax, "point")], rows["estimate"])
    np.testing.assert_allclose([line.get_xdata() for line in drawn(ax, "interval")], rows[["conf_low", "conf_high"]])
    assert [point.get_color() for point in drawn(ax, "point")[:3]] == [
        level_styles(LEVELS[3])[level].color for level in LEVELS[3]
    ]
    assert words(ax, "heading") == ["Unadjusted", "Adjusted for age, sex and year"]
    assert words(ax, "column") == ["Mean (95 % CI)", "Difference (95 % CI)", "n (with any)"]
    assert words(ax, "cell")[:6] == [
        *("4.2 (3.8 to 4.6)", "reference", "540 (420)"),
        *("4.6 (4.2 to 5.0)", "0.4 (−0.1 to 0.9)", "500 (380)"),
    ]
    assert ax.get_xlabel() == "Sessions attended within 180 days: mean"
    assert ax.get_xscale() == "linear"


def test_printed_means_are_open_and_have_no_interval(attendance):
    made = attendance.means(5, models={"crude": []})
    ax = plot_means(made, published=printed())
    printed_heading = "Printed (Centre for Cancer and Health Copenhagen, report on the equality project 2015-17)"
    points = drawn(ax, "point")
    assert [point.get_markerfacecolor() for point in points[5:]] == ["white"] * 4
    np.testing.assert_allclose([point.get_xdata()[0] for point in points[5:]], [4.2, 4.5, 5.1, 5.5])
    assert len(drawn(ax, "interval")) == 5
    (heading,) = words(ax, "heading")
    assert heading.replace("\n", " ") == printed_heading
    assert words(ax, "cell")[-3:] == ["5.5", "", ""]
    with pytest.raises(ValueError, match="hold no mean of these levels"):
        plot_means(made, published=printed(measure="mean_ratio"))


def test_a_column_wide_figure_leaves_the_numbers_to_the_table(attendance):
    ax = plot_means(attendance.means(), width="single", published=printed(LEVELS[3], (4.2, 4.5, 5.1)))
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS["single"])
    assert words(ax, "cell") == words(ax, "column") == []
    assert len(drawn(ax, "point")) == 9


def test_with_and_without_those_who_never_came_stand_in_groups_of_their_own(attendance):
    came = attendance.means(none=0, n=420, models={"crude": []}, stratum="started=1")
    ax = plot_means(Estimates.stack([attendance.means(models={"crude": []}), came]))
    assert words(ax, "heading") == ["Unadjusted", "1: unadjusted"]
    assert len(drawn(ax, "point")) == 6


def test_a_mean_of_few_is_a_dash(attendance):
    ax = plot_means(attendance.means(n=84, none=1, models={"crude": []}))  # four persons at the highest level
    assert words(ax, "cell")[-3:-1] == ["–", "–"]
    assert len(drawn(ax, "point")) == 2
    assert "Hidden" in words(ax, "note")[0]


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", LEVELS)
def test_no_words_run_into_each_other(attendance, words_stand_free, language, width, number):
    beside = printed(LEVELS[number], np.linspace(4.2, 5.5, number))
    ax = plot_means(
        attendance.means(number), published=beside, language=language, width=width, note="Synthetic data. " * 9
    )
    words_stand_free(ax.figure)


def test_what_holds_no_mean_of_a_level_is_refused(attendance):
    with pytest.raises(ValueError, match="no row with the measure mean, of a level"):
        plot_means(attendance.means().select(measure="mean_ratio"))
    assert plot_means(Estimates([], context={"refused": "data has no rows"})).texts[0].get_gid() == "reason"


def test_the_caption_reads_means_and_differences(attendance):
    text = caption("means", attendance.means(models={"crude": []}), published=printed())
    assert text.startswith("Mean of sessions attended within 180 days by education with 95 % confidence intervals, and")
    assert "Unadjusted, difference in means: medium education: 0.4 (−0.1 to 0.9)" in text
    assert "printed figures (Centre for Cancer" in text
    assert "forskellen fra kort uddannelse" in caption("means", attendance.means(), "da")
