"""An unmeasured cause: a line per stage over its strength, one panel per shift of the cause, the total thick."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.report.appearance import INK, WIDTHS
from rehab_stats.report.captions import caption
from rehab_stats.report.unmeasured_chart import plot_unmeasured
from rehab_stats.vocabulary import Estimates

STAGES = ("referred", "interview_attended", "started", "sessions_booked", "sessions_attended")
STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0)
BOTH = ("shift=0", "shift=-0.3")


def made(levels=("basic", "medium", "long_higher"), *, strata=BOTH, half=np.nan, n=800):
    """The first stage's contribution grows with the strength, the others fall below nought; the total stays."""
    rows = []
    for stratum in strata:
        for at in STRENGTHS:
            for level in levels[1:]:
                parts = {stage: 0.1 - 0.06 * at for stage in STAGES[1:]}
                parts = {"referred": 0.6 - sum(parts.values()), **parts, "total": 0.6}
                for stage, value in parts.items():
                    row = {"outcome": stage, "model": "age_sex", "measure": "contribution", "level": level, "at": at}
                    row |= {"reference": levels[0], "stratum": stratum, "estimate": value, "n": n, "events": n // 4}
                    rows.append(row | {"conf_low": value - half, "conf_high": value + half})
    details = pd.DataFrame({"per": 100.0, "n_reference": 900, "events_reference": 200}, index=range(len(rows)))
    context = {"exposure": "education", "outcome": "sessions_attended", "stages": list(STAGES), "reading": "sequential"}
    context |= {"kinds": ["yes_no"] * 3 + ["count", "share"], "adjust": {"age_sex": ["age", "sex"]}}
    return Estimates(rows, details=details, context=context)


def words(ax, name):
    return [text.get_text().replace("\n", " ").replace("\xa0", " ") for text in ax.texts if text.get_gid() == name]


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def test_a_line_per_stage_over_the_strength_in_a_panel_per_shift_of_the_cause():
    ax = plot_unmeasured(made())
    frame, first, second = ax.figure.axes
    assert ax is first
    for panel in (first, second):
        lines = drawn(panel, "line")
        assert len(lines) == 6
        for line in lines:
            np.testing.assert_allclose(line.get_xdata(), STRENGTHS)
        np.testing.assert_allclose(lines[1].get_ydata(), [10, 7, 4, 1, -2])
        np.testing.assert_allclose(lines[0].get_ydata(), [20, 32, 44, 56, 68])
        np.testing.assert_allclose(lines[-1].get_ydata(), [60] * 5)
        assert lines[-1].get_color() == INK
        assert lines[-1].get_linewidth() > lines[0].get_linewidth()
        assert len({line.get_color() for line in lines}) == 6
        assert list(drawn(panel, "null")[0].get_ydata()) == [0, 0]
        assert drawn(panel, "interval") == []
        assert [tick.get_text() for tick in panel.get_xticklabels()] == ["0", "0.5", "1", "1.5", "2"]
    assert first.get_ylim() == second.get_ylim()
    assert words(frame, "heading") == [
        "Levels alike in the cause at the diagnosis",
        "0.3 SD more of the cause at the bottom of the ranking than at the top",
    ]
    assert words(first, "stage") == [
        "Referral",
        "Interview attended",
        "Any session attended",
        "Sessions booked",
        "Sessions attended",
        "Gap",
    ]
    assert words(frame, "title") == [
        "Long higher education (n = 800) against basic education (n = 900): contributions to the gap, sessions "
        "attended per 100 diagnosed. Adjusted for age and sex"
    ]
    assert words(frame, "axis words") == ["Strength of the unmeasured cause (log odds per standard deviation)"]


def test_intervals_are_drawn_where_there_are_any_side_by_side():
    ax = plot_unmeasured(made(strata=(None,), half=0.05))
    intervals = drawn(ax, "interval")
    assert len(intervals) == 30
    np.testing.assert_allclose(intervals[0].get_ydata(), [15, 25])
    assert len({line.get_xdata()[0] for line in intervals}) == 30
    assert words(ax.figure.axes[0], "heading") == []


def test_another_level_may_be_chosen():
    assert words(plot_unmeasured(made(), level="medium").figure.axes[0], "title")[0].startswith("Medium education")
    with pytest.raises(ValueError, match="level must be one of medium, long_higher; got 'short'"):
        plot_unmeasured(made(), level="short")


def test_hidden_contributions_are_not_drawn_and_the_note_says_so():
    ax = plot_unmeasured(made(strata=(None,), n=4))
    assert all(np.isnan(line.get_ydata()).all() for line in drawn(ax, "line"))
    assert words(ax, "stage") == []
    assert "Hidden" in words(ax.figure.axes[0], "note")[0]
    assert "(n = –)" in words(ax.figure.axes[0], "title")[0]


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("half", [np.nan, 0.3])
def test_no_words_run_into_each_other(words_stand_free, half, width, language):
    ax = plot_unmeasured(made(half=half), language=language, width=width, note="Synthetic data. " * 9)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS[width])
    words_stand_free(ax.figure)


def test_what_has_no_strength_is_refused(attendance):
    with pytest.raises(ValueError, match="no contribution at a strength of an unmeasured cause"):
        plot_unmeasured(attendance.components())
    other = made().replaced(rows=made().tidy().assign(model="crude"))
    with pytest.raises(ValueError, match=r"several models \(age_sex, crude\): select one"):
        plot_unmeasured(Estimates.stack([made(), other]))
    with pytest.raises(ValueError, match="several contributions of referred at 0: select one"):
        plot_unmeasured(Estimates.stack([made(), made()]))
    assert plot_unmeasured(Estimates([], context={"refused": "data has no rows"})).texts[0].get_gid() == "reason"


def test_the_caption_reads_each_stage_without_the_cause_and_at_its_greatest_strength():
    text = caption("unmeasured", made(half=0.05))
    assert text.startswith(
        "What an unmeasured cause of all stages would make of each stage's contribution to the gap in"
    )
    assert "Long higher education, levels alike in the cause at the diagnosis, strength from 0 to 2: referral" in text
    assert "bottom of the ranking than at the top, strength from 0 to 2: referral: from 20.0 (15.0 to 25.0)" in text
    assert "any session attended: from 10.0 (5.0 to 15.0) to −2.0 (−7.0 to 3.0);" in text
    assert "henvisning: fra 20,0 til 68,0" in caption("unmeasured", made(), "da")
    assert "Where the levels differ in the cause, the gap is net of it: another number than the one observed." in text
    assert "er forskellen renset for den: et andet tal end det observerede." in caption("unmeasured", made(), "da")
    assert "net of it" not in caption("unmeasured", made(strata=("shift=0",)))
