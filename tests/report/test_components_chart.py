"""Contributions as bars from nought: one panel per adjustment, one group per level, the whole as a diamond."""

from __future__ import annotations

import numpy as np
import pytest

from rehab_stats.report.appearance import WIDTHS, level_styles
from rehab_stats.report.captions import caption
from rehab_stats.report.components_chart import plot_components
from rehab_stats.vocabulary import Estimates

FIVE = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
LEVELS = {2: ("short", "long"), 3: ("short", "medium", "long"), 5: FIVE}


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def words(ax, name):
    return [text.get_text() for text in ax.texts if text.get_gid() == name]


@pytest.mark.parametrize("width", WIDTHS)
def test_bars_reach_from_nought_to_the_contribution_and_the_whole_is_a_diamond(attendance, width):
    made = attendance.components()
    ax = plot_components(made, width=width)
    frame, first, second = ax.figure.axes
    assert ax is first
    for panel, model in ((first, "crude"), (second, "age_sex_year")):
        rows = made.select(measure="contribution", model=model).tidy()
        np.testing.assert_allclose([point.get_xdata()[0] for point in drawn(panel, "point")], rows["estimate"])
        parts = rows.loc[rows["outcome"] != "total", "estimate"]
        np.testing.assert_allclose([bar.get_x() + bar.get_width() for bar in panel.patches], parts)
        np.testing.assert_allclose([bar.get_width() for bar in panel.patches], parts)
        markers = [point.get_marker() for point in drawn(panel, "point")]
        assert markers == [*"||||D"] * 2
        assert panel.get_xlim() == first.get_xlim()
        np.testing.assert_allclose(
            [line.get_xdata() for line in drawn(panel, "interval")], rows[["conf_low", "conf_high"]]
        )
        # the bars of a level add up to its diamond
        totals = rows.loc[rows["outcome"] == "total", "estimate"]
        np.testing.assert_allclose(parts.to_numpy().reshape(2, 4).sum(axis=1), totals)
    assert words(first, "heading") == ["Unadjusted"]
    assert drawn(first, "null")[0].get_xdata()[0] == 0
    assert words(frame, "level")[:2] == ["Medium education", "Long education"]
    assert "contribution to the difference in means from short education" in words(frame, "axis words")[0].replace(
        "\n", " "
    )


def test_the_numbers_stand_beside_their_bars_at_a_page_s_width_only(attendance):
    ax = plot_components(attendance.components())
    assert words(ax, "cell")[:2] == ["0.38 (0.03 to 0.73)", "0.02 (−0.33 to 0.37)"]
    assert words(plot_components(attendance.components(), width="single"), "cell") == []
    colors = {point.get_color() for point in drawn(ax, "point")}
    assert colors == {level_styles(LEVELS[3])[level].color for level in LEVELS[3][1:]}


def test_parts_that_rest_on_few_sessions_are_dashes_and_the_whole_stays(attendance):
    ax = plot_components(attendance.components(no_show=3 / (540 * 6.1)))
    assert words(ax, "cell")[:5] == ["–", "–", "–", "–", "0.43 (0.08 to 0.78)"]
    assert len(drawn(ax, "point")) == 2
    assert "Hidden" in words(ax.figure.axes[0], "note")[0]


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", LEVELS)
def test_no_words_run_into_each_other(attendance, words_stand_free, language, width, number):
    ax = plot_components(attendance.components(number), language=language, width=width, note="Synthetic data. " * 9)
    words_stand_free(ax.figure)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS[width])


def test_one_model_and_what_is_refused(attendance, gradient):
    assert len(plot_components(attendance.components().select(model="crude")).figure.axes) == 2
    with pytest.raises(ValueError, match="no row with the measure contribution"):
        plot_components(gradient(("risk",)))
    twice = Estimates.stack([attendance.components(), attendance.components()])
    with pytest.raises(ValueError, match="several contributions of medium: select one stratum"):
        plot_components(twice)
    many = attendance.components(models={name: [] for name in ("crude", "age", "sex", "full", "all_terms")})
    with pytest.raises(ValueError, match="no room for 5 models side by side"):
        plot_components(many)
    assert plot_components(Estimates([], context={"refused": "data has no rows"})).texts[0].get_gid() == "reason"


def test_the_caption_reads_every_contribution(attendance):
    text = caption("components", attendance.components())
    assert text.startswith("What the difference in the mean of sessions attended within 180 days from short education")
    assert "Unadjusted, contribution to the difference of number booked: medium education: 0.38 (0.03 to 0.73)" in text
    assert text.count("contribution to the difference of") == 2 * 5
    assert "bidrag til forskellen for udeblivelse" in caption("components", attendance.components(), "da")
