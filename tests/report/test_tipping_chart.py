"""The tipping map: lines where the answer tips lie where the numbers say, hatching where the interval excludes 0."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rehab_stats.report.appearance import WIDTHS
from rehab_stats.report.captions import caption
from rehab_stats.report.tipping_chart import plot_tipping
from rehab_stats.vocabulary import Estimates


def found(ax, name):
    return [artist for artist in [*ax.collections, *ax.lines] if artist.get_gid() == name]


def words(ax, name):
    return [text.get_text().replace("\n", " ") for text in ax.texts if text.get_gid() == name]


def frame_of(ax):
    return ax.figure.axes[0]


def points_of(collection):
    return np.concatenate([path.vertices for path in collection.get_paths()])


def test_the_lines_run_where_the_difference_is_0_and_the_smallest_important_one(effect):
    ax = plot_tipping(effect.tipping(), level="long")
    for value in (0, -5, 5):
        (line,) = found(ax, f"line {value}")
        other, own = points_of(line).T
        np.testing.assert_allclose(3.2 + 0.5 * own - 0.6 * other, value, atol=1e-9)
    assert found(ax, "line 0")[0].get_linestyles()[0][1] is None
    assert found(ax, "line 5")[0].get_linestyles()[0][1] is not None
    assert words(ax, "edge") == ["0", "−5", "+5"]
    assert ax.get_xlim() == ax.get_ylim() == (-20, 20)


def test_colours_are_centred_at_0_and_the_hatching_is_where_the_interval_excludes_it(effect):
    ax = plot_tipping(effect.tipping(), level="long")
    bar = ax.figure.axes[2]
    low, high = bar.get_ylim()
    assert low == -high
    assert high >= 3.2 + 0.5 * 20 + 0.6 * 20
    (hatched,) = found(ax, "excludes")
    other, own = points_of(hatched).T
    edge = np.abs(3.2 + 0.5 * own - 0.6 * other)
    assert edge.min() > 3.1 - 1e-9
    assert hatched.hatches == ["\\" * 4]
    # a map whose intervals all include 0 has none
    rows = effect.tipping().tidy()
    wide = rows.assign(conf_low=rows["estimate"] - 99, conf_high=rows["estimate"] + 99)
    assert found(plot_tipping(effect.tipping().replaced(rows=wide), level="long"), "excludes") == []


def test_the_point_at_which_nobody_is_moved_is_marked_if_it_is_there(effect):
    ax = plot_tipping(effect.tipping(), level="long")
    (point,) = found(ax, "at random")
    assert (point.get_xdata()[0], point.get_ydata()[0]) == (0, 0)
    beyond = plot_tipping(effect.tipping(deltas=range(5, 21, 5)), level="long")
    assert found(beyond, "at random") == []


def test_the_axes_say_whose_change_is_moved_and_the_key_what_is_what(effect):
    ax = plot_tipping(effect.tipping(), level="long")
    assert ax.get_xlabel().replace("\n", " ") == (
        "Short education: by how much those without a follow-up form changed differently (points)"
    )
    assert ax.get_ylabel().replace("\n", " ").startswith("Long education: by how much those without")
    assert ax.figure.axes[2].get_ylabel().replace("\n", " ") == (
        "Difference in mean change from short education (points)"
    )
    assert words(frame_of(ax), "key words") == [
        "No difference",
        "Smallest important difference (±5)",
        "95 % interval excludes 0",
        "Missing at random, given what is known",
    ]
    lost = plot_tipping(effect.tipping(among="dropouts", scale="index", mid=None), level="long", language="da")
    assert lost.get_xlabel().replace("\n", " ") == "Kort uddannelse: afvigelse i ændringen hos de frafaldne"
    assert len(words(frame_of(lost), "key words")) == 3


def test_a_level_of_few_is_a_reason_and_no_map(effect):
    ax = plot_tipping(effect.tipping(counts=(30, 3)), level="long")
    assert ax.texts[0].get_gid() == "reason"
    assert "Hidden" in ax.texts[0].get_text()


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("number", "level"), [(3, "long"), (5, "short_or_medium_higher")])
def test_no_words_run_into_each_other(effect, words_stand_free, language, width, number, level):
    made = effect.tipping(number, base=-1.1, among="dropouts")
    ax = plot_tipping(made, level=level, language=language, width=width, note="Synthetic data. " * 9)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS[width])
    words_stand_free(ax.figure)


def test_the_map_takes_the_place_of_a_given_axes(effect):
    fig = plt.figure(figsize=(8, 5))
    ax = plot_tipping(effect.tipping(), level="long", ax=fig.add_axes((0.0, 0.0, 1.0, 1.0)))
    assert ax.figure is fig


def test_what_is_no_map_is_refused(effect):
    made = effect.tipping()
    with pytest.raises(ValueError, match="no tipping map of the level 'longest'; there is medium, long"):
        plot_tipping(made, level="longest")
    with pytest.raises(ValueError, match="one row for every pair of deltas"):
        plot_tipping(made.replaced(rows=made.tidy().iloc[1:], details=made.details().iloc[1:]), level="medium")
    with pytest.raises(ValueError, match="at least two deltas of each level"):
        plot_tipping(made.select(measure="mean_difference", at=0), level="long")
    rows = made.tidy()
    both = Estimates.stack([made, made.replaced(rows=rows.assign(model="crude"))])
    with pytest.raises(ValueError, match="several models"):
        plot_tipping(both, level="long")
    assert plot_tipping(Estimates([], context={"refused": "x"}), level="long").texts[0].get_gid() == "reason"


def test_the_caption_reads_the_middle_and_the_tips(effect):
    text = caption("tipping", effect.tipping().select(level="long"))
    assert "if those without a follow-up form had changed differently from what is expected of them" in text
    assert "At (0, 0), missing at random, given what is known: 3.2 (0.1 to 6.3)." in text
    assert (
        "Delta of long education that tips: Difference 0: −6.4; The interval begins or ceases to hold 0: 1.4;" in text
    )
    assert text.endswith("difference (±5): none in the range tried.")
    danish = caption("tipping", effect.tipping(), "da")
    assert "Ved (0, 0), mangler tilfældigt, givet det kendte: mellemlang uddannelse: 2,4" in danish
