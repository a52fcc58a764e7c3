"""Curves over time: what is drawn where, which points are left out, and the numbers under the axis."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection

from rehab_stats.report.appearance import WIDTHS, level_styles
from rehab_stats.report.captions import caption
from rehab_stats.report.curve_points import tick_times
from rehab_stats.report.figures import plot_incidence
from rehab_stats.vocabulary import Estimates

TIMES = tuple(range(73, 1096, 73))
LEVELS = {"short": (3000, 9, 14), "medium": (4000, 16, 11), "long": (2500, 21, 8), "unknown": (300, 6, 5)}
LONG = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
CONTEXT = {"exposure": "education", "outcome": "referral_event"}


def curves(levels=LEVELS, *, times=TIMES, few=(), stratum=None) -> Estimates:
    """A step of events at each time; at the times of `few` the event of `short` happens to one person only."""
    rows = []
    for level, (n, event, death) in levels.items():
        done = {"event": 0, "competing": 0}
        for at in times:
            base = {"model": "crude", "level": level, "at": at, "n": n, "stratum": stratum}
            before = n - sum(done.values())
            done["event"] += 1 if level == "short" and at in few else event
            done["competing"] += death
            for outcome, events in done.items():
                risk = events / n
                limits = {"conf_low": 0.8 * risk, "conf_high": 1.2 * risk, "std_error": 0.1 * risk}
                rows.append(base | {"measure": "risk", "outcome": outcome, "estimate": risk, "events": events} | limits)
            rows.append(base | {"measure": "at_risk", "estimate": before})
    return Estimates(rows, context=CONTEXT)


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def words(ax, name):
    return [text.get_text() for text in ax.texts if text.get_gid() == name]


def test_each_panel_draws_the_curve_of_its_outcome_as_steps_from_nought():
    made = curves()
    ax = plot_incidence(made)
    frame, event, competing = ax.figure.axes
    assert ax is event
    for panel, outcome in ((event, "event"), (competing, "competing")):
        for line, level in zip(drawn(panel, "curve"), LEVELS, strict=True):
            rows = made.select(outcome=outcome, level=level, measure="risk").tidy()
            np.testing.assert_allclose(line.get_xdata(), [0, *rows["at"]])
            np.testing.assert_allclose(line.get_ydata(), [0, *100 * rows["estimate"]])
            assert line.get_drawstyle() == "steps-post"
            assert line.get_color() == level_styles(LEVELS)[level].color
    assert words(event, "heading") + words(competing, "heading") == ["Referral", "Death before referral"]
    assert words(frame, "key words") == ["Short education", "Medium education", "Long education", "Unknown education"]


def test_the_band_is_the_interval():
    made = curves({"short": LEVELS["short"]})
    panel = plot_incidence(made)
    band = next(part for part in panel.collections if isinstance(part, PolyCollection))
    rows = made.select(outcome="event", measure="risk").tidy()
    heights = np.unique(np.round(band.get_paths()[0].vertices[:, 1], 9))
    limits = {0.0, *np.round(100 * rows[["conf_low", "conf_high"]].to_numpy().ravel(), 9)}
    assert set(heights) <= limits
    assert max(heights) == pytest.approx(100 * rows["conf_high"].iloc[-1])


def test_axes_say_days_and_percent_and_share_their_scale():
    _, event, competing = plot_incidence(curves()).figure.axes
    assert event.get_xlabel() == "Days since diagnosis"
    assert event.get_ylabel() == "Cumulative incidence (%)"
    assert event.get_ylim() == competing.get_ylim()
    assert event.get_ylim()[0] == 0
    apart = curves({"short": (3000, 5, 60)})
    _, event, competing = plot_incidence(apart).figure.axes
    assert event.get_ylim()[1] < competing.get_ylim()[1] / 3


def test_wide_bands_do_not_press_the_curves_together():
    rows = curves().tidy()
    rows.loc[rows["level"] == "unknown", "conf_high"] = 0.95
    panel = plot_incidence(Estimates(rows, context=CONTEXT))
    top = 100 * rows.loc[rows["outcome"] == "event", "estimate"].max()
    assert top < panel.get_ylim()[1] < 1.7 * top


def test_numbers_stand_under_their_ticks():
    made = curves()
    ax = plot_incidence(made)
    frame = ax.figure.axes[0]
    ticks = [tick for tick in ax.get_xticks() if tick]
    assert ticks == [365, 730, 1095]
    numbers = [text for text in frame.texts if text.get_gid() == "at risk"]
    shown = made.select(measure="at_risk", at=ticks).tidy()
    assert [text.get_text() for text in numbers] == [f"{value:,.0f}" for value in shown["estimate"]]
    for text, tick in zip(numbers, ticks, strict=False):
        under = ax.transData.transform((tick, 0))[0]
        assert frame.transData.transform(text.get_position())[0] == pytest.approx(under, abs=0.5)
    assert words(frame, "at risk heading") == ["Persons under observation"]


def test_a_point_that_would_give_a_few_away_is_not_drawn_and_its_number_is_a_dash():
    made = curves(few=(365, 730))
    ax = plot_incidence(made)
    times = drawn(ax, "curve")[0].get_xdata()
    # one more by day 365: that point stays, being a round time; the one before it goes
    assert 365 in times
    assert len(times) < 1 + len(TIMES)
    hidden = plot_incidence(curves({"short": (300, 0, 10)}, few=(365,)))
    frame = hidden.figure.axes[0]
    assert "–" in words(frame, "at risk")
    assert "Hidden: fewer than 5 persons" in words(frame, "note")[0]


def test_danish_has_danish_words_and_points_for_thousands():
    ax = plot_incidence(curves(), language="da", note="Syntetiske data.")
    frame = ax.figure.axes[0]
    ax.figure.canvas.draw()
    assert ax.get_xlabel() == "Dage siden diagnosen"
    assert [tick.get_text() for tick in ax.get_xticklabels()][-1] == "1.095"
    assert words(ax.figure.axes[2], "heading") == ["Død før henvisning"]
    assert words(frame, "at risk heading") == ["Personer under observation"]
    assert words(frame, "note") == ["Syntetiske data."]


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize(
    "levels", [dict(list(LEVELS.items())[:3]), dict(zip(LONG, [*LEVELS.values()] * 2, strict=False))]
)
def test_no_words_run_into_each_other(words_stand_free, language, levels):
    ax = plot_incidence(curves(levels), language=language, note="Synthetic data: simulated persons. " * 3)
    words_stand_free(ax.figure)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS["double"])


def test_leaving_a_programme_is_in_weeks_since_the_first_session():
    made = curves({"short": (600, 9, 8), "long": (500, 7, 9)}, times=tuple(range(1, 27)))
    made = made.replaced(context={"exposure": "education", "outcome": "leaving_event"})
    ax = plot_incidence(made, language="da")
    assert ax.get_xlabel() == "Uger siden det første fremmøde"
    assert words(ax, "heading") == ["At forlade forløbet"]
    assert list(ax.get_xticks()) == [5, 10, 15, 20, 25]
    text = caption("incidence", made)
    assert text.startswith(
        "Cumulative incidence of leaving the programme and of completion of the course or death since the first session"
    )
    assert "Within 25 weeks: unadjusted, risk of leaving the programme: short education" in text
    # the context has the last word
    told = made.with_context(time_unit="days", time_origin="referral")
    assert plot_incidence(told).get_xlabel() == "Days since the referral"


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("number", [2, 5])
def test_a_column_s_width_has_the_panels_below_each_other(words_stand_free, language, number):
    made = curves(dict(zip(LONG[:number], [*LEVELS.values()] * 2, strict=False)))
    ax = plot_incidence(made, language=language, width="single", note="Synthetic data: simulated persons. " * 3)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS["single"])
    _, event, competing = ax.figure.axes
    assert competing.get_position().y1 < event.get_position().y0
    np.testing.assert_allclose(competing.get_position().x0, event.get_position().x0)
    words_stand_free(ax.figure)


def test_one_curve_of_everybody_has_no_key():
    rows = curves({"short": LEVELS["short"]}).tidy().assign(level=None)
    ax = plot_incidence(Estimates(rows, context={"outcome": "referral_event"}))
    frame = ax.figure.axes[0]
    assert words(frame, "key words") == []
    assert words(frame, "at risk label") == ["All"]
    assert "by" not in caption("incidence", Estimates(rows, context=CONTEXT)).split(",")[0]


def test_two_curves_of_a_level_and_rows_without_a_time_are_refused(gradient):
    two = Estimates.stack([curves(stratum="female"), curves(stratum="male")])
    with pytest.raises(ValueError, match="several curves for short: select one stratum"):
        plot_incidence(two)
    with pytest.raises(ValueError, match="risk with a time"):
        plot_incidence(gradient(("risk",)))


@pytest.mark.parametrize(
    ("at", "ticks"),
    [
        (range(0, 1461, 5), [0, 365, 730, 1095, 1460]),
        (range(0, 601, 100), [0, 100, 200, 300, 400, 500, 600]),
        ([3, 8, 20], [3, 8, 20]),
        (range(7, 90, 7), [7, 21, 35, 49, 63, 84]),
    ],
)
def test_ticks_are_round_times_among_those_given(at, ticks):
    assert tick_times(pd.Series(at, dtype=float)) == pytest.approx(ticks, abs=15)
    assert set(tick_times(list(at))) <= set(at)
    assert len(tick_times(list(at))) <= 7


def test_the_caption_reads_the_last_round_time():
    text = caption("incidence", curves())
    assert text.startswith(
        "Cumulative incidence of referral and of death before referral since diagnosis, by education"
    )
    assert "Within 1,095 days: unadjusted, risk of referral: short education: 4.5 % (3.6 to 5.4);" in text
    assert "365 days" not in text.replace("1,365", "")
    assert "Inden for 1.095 dage" in caption("incidence", curves(), "da")
