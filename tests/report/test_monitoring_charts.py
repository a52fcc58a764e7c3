"""Funnels and charts over periods: what is drawn is what the protected rows say, words do not run into each other."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from rehab_stats.calendar import periods
from rehab_stats.estimate.monitoring.charts import p_chart, run_chart
from rehab_stats.estimate.monitoring.funnel import funnel, funnel_lines
from rehab_stats.estimate.monitoring.started import before_after
from rehab_stats.report.appearance import save_figure
from rehab_stats.report.captions import caption
from rehab_stats.report.disclosure import protect
from rehab_stats.report.funnel_chart import plot_funnel
from rehab_stats.report.period_chart import plot_before_after, plot_p_chart, plot_run_chart
from rehab_stats.vocabulary import Estimates

UNITS = {"A": (60, 55), "B": (60, 30), "C": (25, 20), "D": (40, 35), "E": (41, 34), "F": (30, 25)}


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def units(counts=UNITS):
    rows = [{"municipality": unit, "in_time": float(i < k)} for unit, (n, k) in counts.items() for i in range(n)]
    return pd.DataFrame(rows)


def by_gid(panel, gid):
    return [artist for artist in panel.get_children() if artist.get_gid() == gid]


def series(seed=1, before=0.6, after=0.9):
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 1460, 900), "D")
    chance = np.where(days >= pd.Timestamp("2023-07-01"), after, before)
    rows = pd.DataFrame({"began_on": days, "in_time": (rng.random(900) < chance).astype(float)})
    return rows.assign(period=periods(rows["began_on"], length="quarter"))


def test_a_funnel_shows_each_unit_at_its_number_and_share():
    found = funnel(units(), outcome="in_time", unit="municipality")
    panel = plot_funnel(found, limits=funnel_lines(found))
    inside = by_gid(panel, "units inside")[0]
    outside = by_gid(panel, "units outside")[0]
    assert inside.get_xdata().tolist() == [25, 40, 41, 30]
    assert outside.get_xydata() == pytest.approx(np.array([[60, 100 * 55 / 60], [60, 50]]))
    assert inside.get_marker() != outside.get_marker()
    assert inside.get_color() != outside.get_color()
    assert sorted(text.get_text() for text in by_gid(panel, "unit")) == list("ABCDEF")
    words = " ".join(text.get_text() for text in panel.figure.axes[0].texts)
    assert "Diamonds: outside the 95 % limits" in words


def test_the_lines_of_a_funnel_are_those_of_its_limits():
    found = funnel(units(), outcome="in_time", unit="municipality", target=0.9)
    lines = funnel_lines(found)
    panel = plot_funnel(found, limits=lines)
    low = lines.select(level="0.95").tidy().set_index("at")["conf_low"]
    drawn = by_gid(panel, "limit 0.95 conf_low")[0]
    assert drawn.get_ydata() == pytest.approx(100 * low.loc[drawn.get_xdata()].to_numpy())
    words = [text.get_text() for text in by_gid(panel, "line words")]
    assert "criterion 90 %" in words
    assert words.count("95 %") == 2
    assert words.count("99.8 %") == 2


def test_danish_funnels_have_danish_numbers():
    found = funnel(units(), outcome="in_time", unit="municipality")
    panel = plot_funnel(found, limits=funnel_lines(found), language="da")
    words = [text.get_text() for text in by_gid(panel, "line words")]
    assert "99,8 %" in words
    assert "alle under ét 78 %" in words


def test_units_with_few_are_not_drawn_and_the_note_says_so():
    found = funnel(units(UNITS | {"G": (30, 27)}), outcome="in_time", unit="municipality")
    panel = plot_funnel(found)
    assert "G" not in [text.get_text() for text in by_gid(panel, "unit")]
    assert "Hidden: fewer than 5 persons" in " ".join(text.get_text() for text in panel.figure.axes[0].texts)


def test_names_of_units_touch_no_other_name():
    close_by = {"A": (40, 33), "B": (41, 33), "C": (42, 35), "D": (43, 35), "E": (40, 32), "F": (90, 75)}
    panel = plot_funnel(funnel(units(close_by), outcome="in_time", unit="municipality"))
    panel.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in by_gid(panel, "unit")]
    assert len(boxes) == 6
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])


def test_words_at_the_lines_stand_inside_the_figure():
    found = funnel(units(), outcome="in_time", unit="municipality")
    for language in ("en", "da"):
        panel = plot_funnel(found, limits=funnel_lines(found), language=language)
        panel.figure.canvas.draw()
        edge = panel.figure.bbox.x1
        assert all(text.get_window_extent().x1 <= edge for text in by_gid(panel, "line words"))


def test_each_period_has_a_funnel_with_its_own_lines():
    counts = {"2023-H1..2024-H1": UNITS, "2024-H2": {unit: (2 * n, 2 * k) for unit, (n, k) in UNITS.items()}}
    rows = pd.concat([units(each).assign(window=window) for window, each in counts.items()])
    found = funnel(rows, outcome="in_time", unit="municipality", by="window")
    lines = funnel_lines(found)
    first = plot_funnel(found, limits=lines, language="da")
    panels = first.figure.axes[1:]
    assert panels[0] is first
    heads = [by_gid(panel, "heading")[0].get_text() for panel in panels]
    assert heads == ["2023-H1 til 2024-H1", "2024-H2"]
    for panel, window, sizes in zip(panels, counts, ([60, 60], [120, 120, 80]), strict=True):
        assert by_gid(panel, "units outside")[0].get_xdata().tolist() == sizes
        mine = lines.select(level="0.998", stratum=f"window={window}").tidy().set_index("at")["conf_high"]
        drawn = by_gid(panel, "limit 0.998 conf_high")[0]
        assert drawn.get_ydata() == pytest.approx(100 * mine.loc[drawn.get_xdata()].to_numpy())
    said = caption("funnel", found)
    assert "2023-H1 to 2024-H1, share of those counted: A: 91.7 %" in said
    assert "2024-H2, share of those counted: A: 91.7 %" in said
    boxes = [panel.get_position() for panel in plot_funnel(found, width="single").figure.axes[1:]]
    assert boxes[0].x0 == pytest.approx(boxes[1].x0)
    assert boxes[0].y0 > boxes[1].y1


def test_a_period_whose_units_are_all_hidden_has_no_panel():
    late = {"2023-H2": (40, 30), "2024-H1": (40, 38)}
    rows = [units({unit: count for unit in "ABC"}).assign(window=window) for window, count in late.items()]
    panel = plot_funnel(funnel(pd.concat(rows), outcome="in_time", unit="municipality", by="window"))
    assert len(panel.figure.axes) == 2
    assert "Hidden" in " ".join(text.get_text() for text in panel.figure.axes[0].texts)


def test_a_p_chart_shows_shares_limits_and_what_they_say():
    found = p_chart(series(), outcome="in_time", period="period")
    panel = plot_p_chart(found)
    safe = protect(found)
    rows, about = safe.tidy().iloc[:-1], safe.details().iloc[:-1]
    shown = by_gid(panel, "points")[0].get_ydata()
    assert shown == pytest.approx(100 * rows["estimate"].to_numpy(), nan_ok=True)
    low = about["low_0.9973"].to_numpy(dtype=float)
    assert by_gid(panel, "low_0.9973")[0].get_ydata() == pytest.approx(100 * low, nan_ok=True)
    assert [text.get_text() for text in by_gid(panel, "n")] == [f"{n:.0f}" for n in rows["n"]]
    note = " ".join(text.get_text() for text in panel.figure.axes[0].texts)
    assert "Over all periods: more than chance" in note
    outside = (about["position"].notna() & about["position"].ne("inside")).sum()
    assert outside > 0
    assert len(by_gid(panel, "outside")[0].get_xdata()) == outside


def test_periods_are_named_once_a_year_and_quarters_are_danish():
    panel = plot_p_chart(p_chart(series(), outcome="in_time", period="period"), language="da")
    panel.figure.canvas.draw()
    names = [tick.get_text() for tick in panel.get_xticklabels()]
    assert [name.strip() for name in names[:5]] == ["K1\n2021", "K2", "K3", "K4", "K1\n2022"]
    assert all("\n" in name for name in names)  # one and two lines would not stand on the same height


def test_a_hidden_period_is_a_gap():
    rows = series()
    first = rows["period"] == "2021-Q1"
    rows.loc[first, "in_time"] = 1.0
    rows.loc[rows[first].index[:2], "in_time"] = 0.0
    panel = plot_p_chart(p_chart(rows, outcome="in_time", period="period"))
    assert np.isnan(by_gid(panel, "points")[0].get_ydata()).any()


def test_a_run_chart_shows_numbers_about_their_median():
    counts = pd.DataFrame(
        {"period": [f"20{y}-H{h}" for y in range(18, 25) for h in (1, 2)], "referrals": range(20, 34)}
    )
    panel = plot_run_chart(run_chart(counts, value="referrals", period="period"))
    assert by_gid(panel, "points")[0].get_ydata().tolist() == list(range(20, 34))
    assert by_gid(panel, "centre")[0].get_ydata()[0] == 26.5
    assert "more than chance: a shift or trend" in " ".join(text.get_text() for text in panel.figure.axes[0].texts)


def test_before_and_after_stand_on_either_side_of_the_day():
    rows = series()
    change = before_after(rows, outcome="in_time", date="began_on", started_on="2023-07-01")
    panel = plot_before_after(
        change, p_chart(rows, outcome="in_time", period="period"), started_on="2023-07-01", language="da"
    )
    # ten quarters before it
    assert by_gid(panel, "start")[0].get_xdata()[0] == pytest.approx(9.5)
    levels = change.select(measure="indicator_share").tidy().set_index("level")["estimate"]
    for level in ("before", "after"):
        assert by_gid(panel, f"level {level}")[0].get_ydata()[0] == pytest.approx(100 * levels[level])
    assert "begyndte 01.07.2023" in [text.get_text() for text in panel.texts]
    assert "Forskel i" in by_gid(panel, "change")[0].get_text()


def test_what_was_refused_is_said_in_place_of_a_chart():
    nothing = Estimates([], context={"refused": "nobody counts before 2030-01-01: there is nothing to compare"})
    shares = p_chart(series(), outcome="in_time", period="period")
    for panel in (plot_funnel(nothing), plot_p_chart(nothing), plot_run_chart(nothing)):
        assert "nobody counts before" in by_gid(panel, "reason")[0].get_text()
    panel = plot_before_after(nothing, shares, started_on="2030-01-01", language="da")
    assert "ingen tæller med før" in by_gid(panel, "reason")[0].get_text()


def test_captions_read_the_numbers_in_both_languages():
    found = funnel(units(), outcome="in_time", unit="municipality")
    text = caption("funnel", found, "en")
    assert "B: 50.0 % (37.7 to 62.3)" in text
    assert "Unadjusted" not in text
    danish = caption("funnel", found, "da")
    assert "eksakte binomialgrænser omkring andelen for alle" in danish
    assert "ingen rangorden" in danish
    chart = p_chart(series(), outcome="in_time", period="period")
    assert "regler efter Shewhart" in caption("p_chart", chart, "da")


def test_figures_are_the_same_bytes_each_time(tmp_path):
    found = funnel(units(), outcome="in_time", unit="municipality")
    for folder in ("one", "two"):
        save_figure(plot_funnel(found, limits=funnel_lines(found)).figure, tmp_path / folder, "f", alt="words")
    for ending in ("pdf", "svg", "png"):
        assert (tmp_path / "one" / f"f.{ending}").read_bytes() == (tmp_path / "two" / f"f.{ending}").read_bytes()


def few_late():
    """Four quarters of ten, of which two are late in each: every share is hidden."""
    days = pd.to_datetime(["2024-01-15", "2024-04-15", "2024-07-15", "2024-10-15"]).repeat(10)
    rows = pd.DataFrame({"began_on": days, "in_time": [1.0] * 8 + [0.0] * 2 + ([1.0] * 8 + [0.0] * 2) * 3})
    return rows.assign(period=periods(rows["began_on"], length="quarter"))


def test_a_chart_of_which_every_period_is_hidden_is_a_sentence():
    rows = few_late()
    shares = p_chart(rows, outcome="in_time", period="period")
    safe = protect(shares).tidy()
    assert safe.loc[safe["level"].notna(), "estimate"].isna().all()
    ax = plot_p_chart(shares)
    assert not ax.lines
    assert "Hidden" in " ".join(text.get_text() for text in ax.figure.axes[0].texts)
    change = before_after(rows.assign(in_time=1.0), outcome="in_time", date="began_on", started_on="2024-07-01")
    assert plot_before_after(change, shares, started_on="2024-07-01").get_ylim()[0] == 0


def test_a_run_chart_of_noughts_has_a_scale():
    numbers = pd.DataFrame(
        {
            "n": [0] * 12,
            "period": periods(pd.Series(pd.date_range("2024-01-01", periods=12, freq="MS")), length="month"),
        }
    )
    assert plot_run_chart(run_chart(numbers, value="n", period="period")).get_ylim() == (0, 1)
