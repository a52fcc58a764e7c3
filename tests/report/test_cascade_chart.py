"""Stages in their order: what is drawn where, what is left out, and words that stand free at both widths."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rehab_stats.report.appearance import WIDTHS, level_styles
from rehab_stats.report.captions import caption
from rehab_stats.report.cascade_chart import plot_cascade
from rehab_stats.vocabulary import Estimates

FIVE = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
LEVELS = {2: ("short", "long"), 3: ("short", "medium", "long"), 5: FIVE}


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def words(ax, name):
    return [text.get_text() for text in ax.texts if text.get_gid() == name]


@pytest.mark.parametrize("width", WIDTHS)
def test_each_panel_draws_its_shares_in_percent_stage_by_stage(attendance, width):
    made = attendance.stages()
    ax = plot_cascade(made, width=width)
    frame, first, second = ax.figure.axes
    assert ax is first
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS[width])
    for panel, measure in ((first, "risk"), (second, "transition")):
        for line, level in zip(drawn(panel, "points"), LEVELS[3], strict=True):
            rows = made.select(measure=measure, level=level).tidy()
            np.testing.assert_allclose(line.get_xdata(), 100 * rows["estimate"])
            assert line.get_color() == level_styles(LEVELS[3])[level].color
        rows = made.select(measure=measure).tidy()
        ends = {tuple(np.round(line.get_xdata(), 9)) for line in drawn(panel, "interval")}
        assert ends == {tuple(pair) for pair in np.round(100 * rows[["conf_low", "conf_high"]].to_numpy(), 9)}
    assert words(first, "heading") + words(second, "heading") == ["Of all (%)", "Of those at the stage before (%)"]
    assert first.get_xlim() == second.get_xlim() == (40, 100)
    shown = [text.replace("\n", " ") for text in words(frame, "stage")]
    once = [
        "Interview booked",
        "Interview attended",
        "Any session booked",
        "Any session attended",
        "Programme completed",
    ]
    assert shown == once * (2 if width == "single" else 1)


def test_stages_stand_from_top_to_bottom_in_the_order_of_the_data(attendance):
    made = attendance.stages()
    panel = plot_cascade(made)
    places = drawn(panel, "points")[0].get_ydata()
    assert list(places) == sorted(places)
    assert panel.get_ylim()[0] > panel.get_ylim()[1]
    # rows in another order are drawn in the order of the context
    turned = made.replaced(rows=made.tidy()[::-1], details=made.details()[::-1])
    assert words(plot_cascade(turned).figure.axes[0], "stage") == words(panel.figure.axes[0], "stage")
    np.testing.assert_allclose(
        drawn(plot_cascade(turned), "points")[-1].get_xdata(), drawn(panel, "points")[0].get_xdata()
    )


def test_a_hidden_share_is_not_drawn_and_the_note_says_so(attendance):
    ax = plot_cascade(attendance.stages(n=252))  # two persons of the lowest level reach the end
    last = [line.get_xdata()[-1] for line in drawn(ax, "points")]
    assert np.isnan(last[0])
    assert np.isfinite(last[1:]).all()
    assert "Hidden: fewer than 5 persons" in words(ax.figure.axes[0], "note")[0]


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", LEVELS)
def test_no_words_run_into_each_other(attendance, words_stand_free, language, width, number):
    words_stand_free(
        plot_cascade(attendance.stages(number), language=language, width=width, note="Synthetic. " * 20).figure
    )


def test_shares_of_all_alone_and_in_the_place_of_an_axes(attendance):
    assert len(plot_cascade(attendance.stages().select(measure="risk")).figure.axes) == 2
    fig = plt.figure(figsize=(8, 4))
    ax = plot_cascade(attendance.stages(), ax=fig.add_axes((0.5, 0.0, 0.5, 1.0)))
    assert ax.figure is fig
    assert ax.get_position().x0 > 0.5


def test_what_is_no_cascade_is_refused(attendance, gradient):
    with pytest.raises(ValueError, match="a cascade needs rows of the measure risk"):
        plot_cascade(attendance.stages().select(measure="transition"))
    with pytest.raises(ValueError, match="several shares of short at referred: select one stratum"):
        plot_cascade(gradient(("risk",)))
    with pytest.raises(ValueError, match="width must be one of single, double; got 'wide'"):
        plot_cascade(attendance.stages(), width="wide")
    refused = Estimates([], context={"refused": "nobody has education = 'short'"})
    assert plot_cascade(refused).texts[0].get_gid() == "reason"


def test_the_caption_names_the_stages_and_reads_the_shares_of_all(attendance):
    text = caption("cascade", attendance.stages())
    assert text.startswith("Stages from interview booked to programme completed, by education: how many of all")
    assert "Unadjusted, share of all of interview booked: short education: 91.7 % (89.7 to 93.7);" in text
    assert text.count("share of all of") == 5
    assert caption("cascade", attendance.stages(), "da").startswith(
        "Trin fra samtale booket til forløb gennemført efter uddann"
    )
