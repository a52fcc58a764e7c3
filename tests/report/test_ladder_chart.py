"""The ladder: a row per rung in fixed order, the naive one open, departures under a thin line, the band of the mid."""

from __future__ import annotations

import numpy as np
import pytest

from rehab_stats.report.appearance import WIDTHS, level_styles
from rehab_stats.report.captions import caption
from rehab_stats.report.ladder_chart import plot_ladder
from rehab_stats.vocabulary import Estimates

LEVELS = ("short", "medium", "long")
NAMES = [
    "Complete cases (those with both forms)",
    "Weighted for response",
    "Mixed model",
    "Multiple imputation",
    "Dropouts without the level's mean change",
    "Dropouts shifted by delta",
    "Never given, shifted by delta",
]


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def words(ax, name):
    return [text.get_text().replace("\n", " ") for text in ax.texts if text.get_gid() == name]


def test_every_level_has_a_row_per_rung_from_the_naive_one_to_the_departures(effect):
    made = effect.ladder()
    turned = made.replaced(rows=made.tidy().iloc[::-1], details=made.details().iloc[::-1])
    ax = plot_ladder(turned, mid=5)
    assert words(ax, "heading") == [
        "Long education against short education",
        "Medium education against short education",
    ]
    assert words(ax, "label") == NAMES * 2
    rows = made.select(measure="mean_difference").tidy().set_index(["level", "stratum"])
    for place, level in enumerate(("long", "medium")):
        mine = rows.loc[level]
        points = drawn(ax, "point")[7 * place : 7 * place + 7]
        np.testing.assert_allclose([point.get_xdata()[0] for point in points], mine["estimate"])
        intervals = drawn(ax, "interval")[7 * place : 7 * place + 7]
        np.testing.assert_allclose([line.get_xdata() for line in intervals], mine[["conf_low", "conf_high"]])
        style = level_styles(LEVELS)[level]
        assert {point.get_color() for point in points} == {style.color}
        assert {point.get_marker() for point in points} == {style.marker}
        assert [point.get_markerfacecolor() == "white" for point in points] == [True, *[False] * 6]
    assert words(ax, "column") == ["Difference (95 % CI)", "n (both scores)"]
    assert words(ax, "cell")[-14:-10] == ["2.2 (0.3 to 4.1)", "160 (160)", "2.2 (0.0 to 4.4)", "360 (160)"]
    assert ax.get_xlabel() == "Change in global health status (points): difference from short education"
    assert drawn(ax, "null")[0].get_xdata()[0] == 0


def test_departures_stand_under_a_thin_line_and_the_note_says_what_marks_mean(effect):
    ax = plot_ladder(effect.ladder(delta=-5.0), note="Synthetic data.")
    assert len(drawn(ax, "divide")) == 2
    first = drawn(ax, "divide")[0].get_ydata()[0]
    rungs = [point.get_ydata()[0] for point in drawn(ax, "point")[:7]]
    assert rungs[3] < first < rungs[4]
    note = words(ax, "note")[0]
    assert "Open marker: those with both forms alone" in note
    assert "Delta: −5." in note
    assert "Mixed model and imputation rest on the same assumption" in note
    assert "Grey band" not in note
    by_level = plot_ladder(effect.ladder(delta={"short": -5.0, "long": -2.5}), language="da")
    assert "Delta: kort uddannelse −5, lang uddannelse −2,5." in words(by_level, "note")[0]
    plain = plot_ladder(effect.ladder(rungs=("weights", "imputation")))
    assert drawn(plain, "divide") == []
    assert words(plain, "note") == ["Adjusted for age and sex."]


def test_the_smallest_important_difference_is_a_band_behind_the_rows_and_always_within_the_axis(effect):
    ax = plot_ladder(effect.ladder(), mid=30)
    bands = [one for one in ax.collections if one.get_gid() == "band"]
    assert len(bands) == 2
    for band in bands:
        ends = band.get_paths()[0].get_extents()
        assert (ends.x0, ends.x1) == (-30, 30)
    assert ax.get_xlim()[0] < -30
    assert ax.get_xlim()[1] > 30
    assert "Grey band: up to the smallest important difference (±30)." in words(ax, "note")[0]
    assert "(±2,5)" in words(plot_ladder(effect.ladder(mid=2.5), language="da"), "note")[0]


def test_the_means_themselves_may_be_shown_instead(effect):
    ax = plot_ladder(effect.ladder(), measure="mean")
    assert words(ax, "heading") == ["Short education", "Medium education", "Long education"]
    assert words(ax, "column")[0] == "Mean change (95 % CI)"
    assert ax.get_xlabel() == "Change in global health status (points): mean"
    with pytest.raises(ValueError, match="measure must be one of mean_difference, mean"):
        plot_ladder(effect.ladder(), measure="risk")


def test_a_rung_that_was_refused_is_said_below(effect):
    made = effect.ladder(rungs=("complete_cases", "imputation"))
    why = {"handling=weights": "no row with department = 'd3' has given = 1"}
    assert "Weighted for response: not estimated:" in words(plot_ladder(made.with_context(refused=why)), "note")[0]


def test_a_level_of_few_pairs_has_dashes(effect):
    few = {"short": (400, 150), "medium": (360, 160), "long": (30, 3)}
    ax = plot_ladder(effect.ladder(counts=few))
    assert set(words(ax, "cell")[14::2]) == {"–"}
    assert len(drawn(ax, "point")) == 7
    assert "Hidden" in words(ax, "note")[0]


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", [2, 3, 5])
def test_no_words_run_into_each_other(effect, words_stand_free, language, width, number):
    ax = plot_ladder(effect.ladder(number), mid=5, language=language, width=width, note="Synthetic data. " * 9)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS[width])
    assert bool(words(ax, "cell")) == (width == "double")
    words_stand_free(ax.figure)


def test_what_is_no_ladder_is_refused(effect, attendance):
    with pytest.raises(ValueError, match="a ladder needs rows of mean_difference with strata handling="):
        plot_ladder(attendance.means())
    with pytest.raises(ValueError, match=r"several models \(full, crude\)"):
        plot_ladder(Estimates.stack([effect.ladder(), effect.ladder(model="crude", terms=())]))
    with pytest.raises(ValueError, match="several rows for medium, handling=complete_cases"):
        plot_ladder(Estimates.stack([effect.ladder(), effect.ladder()]))
    assert plot_ladder(Estimates([], context={"refused": "data has no rows"})).texts[0].get_gid() == "reason"


def test_the_caption_reads_the_differences_of_every_rung(effect):
    text = caption("ladder", effect.ladder())
    assert text.startswith(
        "Change in global health status (points): difference from short education under each handling"
    )
    assert "Complete cases (those with both forms): adjusted for age and sex, difference in means: medium" in text
    assert "mean: short" not in text
    means = caption("ladder", effect.ladder().select(measure="mean"), "da")
    assert means.startswith("Ændring i global helbredsstatus (point): gennemsnit efter uddannelse ved hver håndtering")
