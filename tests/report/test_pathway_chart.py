"""Waterfalls: a bar from nought, steps that begin where the last one ends, the level's bar, and the gap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from rehab_stats.report.appearance import WIDTHS, level_styles
from rehab_stats.report.captions import caption
from rehab_stats.report.pathway_chart import plot_pathway
from rehab_stats.report.waterfall import DOWN, UP
from rehab_stats.vocabulary import Estimates

FIVE = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
STAGES = {
    "referred": "yes_no",
    "interview_attended": "yes_no",
    "sessions_booked": "count",
    "sessions_attended": "share",
}
PARTS = {"long_higher": (0.432, 0.015, 0.19, -0.003), "unknown": (0.031, -0.05, 0.06, -0.084)}
MODELS = {"age_sex_year": ["bs(age, df=4)", "sex", "year"]}


def made(levels=FIVE, *, stages=STAGES, models=MODELS, shares=("long_higher",), n=None, exposure="education", half=0.1):
    """A pathway from the first of the levels, whose last quantity is 0.64 per person (a tenth of it in a second model).

    The parts of a level are those of `PARTS`, or a tenth of a session a stage.
    """
    rows, details = [], []
    n = {level: 900 - 50 * place for place, level in enumerate(levels)} | (n or {})
    reference = levels[0]

    def add(measure, outcome, level, value, apart, **more):
        row = {"measure": measure, "outcome": outcome, "level": level, "estimate": value, "model": list(models)[place]}
        row |= {"conf_low": value - apart, "conf_high": value + apart, "n": n[level], "events": n[level] // 5}
        contrast = measure != "stage_quantity"
        rows.append(row | ({"reference": reference} if contrast else {}))
        beside = {"n_reference": n[reference], "events_reference": n[reference] // 5} if contrast else {}
        details.append({"per": np.nan, "n_reference": np.nan, "events_reference": np.nan} | beside | more)

    for place in range(len(models)):
        parts = {
            level: (1 - 0.1 * place) * np.array(PARTS.get(level, [0.1] * 4))[: len(stages)] for level in levels[1:]
        }
        for number, stage in enumerate(stages):
            for level in levels:
                last = 0.64 + sum(parts.get(level, [0]))
                add("stage_quantity", stage, level, last if stage == list(stages)[-1] else 0.3, half, per=100.0)
            for level in levels[1:]:
                add("contribution", stage, level, parts[level][number], half, per=100.0)
        for level in levels[1:]:
            add("contribution", "total", level, sum(parts[level]), 2 * half, per=100.0)
        for level in shares:
            for number, stage in enumerate(stages):
                add("share_of_total", stage, level, parts[level][number] / sum(parts[level]), 0.2)
    context = {"exposure": exposure, "outcome": list(stages)[-1], "stages": list(stages), "kinds": [*stages.values()]}
    context |= {"reading": "sequential", "measured": {}, "adjust": models}
    return Estimates(rows, details=pd.DataFrame(details, dtype="float64"), context=context)


@pytest.fixture(scope="module")
def five():
    return made()


def sexes(**more):
    return made(("female", "male"), shares=(), exposure="sex", **more)


def words(ax, name):
    return [text.get_text().replace("\n", " ").replace("\xa0", " ") for text in ax.texts if text.get_gid() == name]


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def bars(ax, name):
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches if bar.get_gid() == name]


def test_a_step_begins_where_the_one_before_it_ends_and_the_last_ends_at_the_level(five):
    ax = plot_pathway(five)
    frame, first, *others = ax.figure.axes
    assert ax is first
    assert len(others) == 3
    start, parts = 64.0, 100 * np.array(PARTS["long_higher"])
    ends = start + np.cumsum(parts)
    np.testing.assert_allclose(bars(ax, "step"), np.column_stack([[start, *ends[:-1]], ends]))
    np.testing.assert_allclose(bars(ax, "whole"), [(0, start), (0, ends[-1])])
    np.testing.assert_allclose(drawn(ax, "gap")[0].get_xdata(), [start, ends[-1]])
    np.testing.assert_allclose(
        [line.get_xdata() for line in drawn(ax, "interval")],
        [
            (end - half, end + half)
            for end, half in zip([start, *ends, ends[-1], ends[-1]], [10] * 6 + [20], strict=True)
        ],
    )
    np.testing.assert_allclose([line.get_xdata()[0] for line in drawn(ax, "connector")], [start, *ends])
    assert words(frame, "block") == ["Sessions attended per 100 diagnosed: adjusted for age, sex and year"]
    assert words(frame, "axis words") == ["Sessions attended per 100 diagnosed"]
    # numbers as they are printed, and shares only where there are rows of them
    assert words(ax, "cell")[:2] == ["64.0 (54.0 to 74.0)", "+43.2 (33.2 to 53.2)"]
    assert words(ax, "cell")[-3:] == ["−0.3 (−10.3 to 9.7)", "127.4 (117.4 to 137.4)", "+63.4 (43.4 to 83.4)"]
    assert words(ax, "share") == ["68 % (48 to 88)", "2 % (−18 to 22)", "30 % (10 to 50)", "0 % (−20 to 20)"]
    assert words(frame, "share heading") == ["Share of the gap"]
    assert words(plot_pathway(made(shares=())).figure.axes[0], "share heading") == []


def test_a_step_that_takes_away_is_told_by_direction_colour_and_hatch(five):
    unknown = plot_pathway(five).figure.axes[-1]
    steps = [bar for bar in unknown.patches if bar.get_gid() == "step"]
    assert [bar.get_width() < 0 for bar in steps] == [False, True, False, True]
    assert [to_hex(bar.get_facecolor()) for bar in steps] == [UP, DOWN, UP, DOWN]
    assert [bool(bar.get_hatch()) for bar in steps] == [False, True, False, True]
    styles = level_styles(FIVE)
    ends = [to_hex(bar.get_facecolor()) for bar in unknown.patches if bar.get_gid() == "whole"]
    assert ends == [styles["basic"].color, styles["unknown"].color]


def test_the_level_farthest_from_the_reference_is_first_and_large_and_unknown_last(five):
    frame, *panels = plot_pathway(five).figure.axes
    assert words(frame, "level") == ["Long higher education against basic education"]
    assert words(frame, "heading") == [
        "Short or medium higher education (n = 800)",
        "Upper secondary or vocational education (n = 850)",
        "Unknown education (n = 700)",
    ]
    wide = [panel.get_position().width for panel in panels]
    assert wide[0] > 2 * wide[1]
    assert len({panel.get_xlim()[0] for panel in panels}) == 1
    labels = ["Basic education (n = 900)", "Referral", "Interview attended", "Sessions booked", "Sessions attended"]
    assert words(frame, "label")[:7] == [*labels, "Long higher education (n = 750)", "Gap"]
    assert words(frame, "label")[7:] == [*labels, "The level itself", "Gap"]
    # with another reference the lowest level is the farthest
    turned = made(("long_higher", "short_or_medium_higher", "basic"), shares=())
    first = words(plot_pathway(turned).figure.axes[0], "level")[0]
    assert first == "Basic education against long higher education"


def test_two_models_stand_side_by_side_level_by_level():
    both = made(FIVE[:3], models={"crude": []} | MODELS, shares=())
    frame, *panels = plot_pathway(both).figure.axes
    assert words(frame, "heading") == ["Unadjusted", "Adjusted for age, sex and year"]
    assert words(frame, "block") == ["Sessions attended per 100 diagnosed"]
    assert len(panels) == 4
    np.testing.assert_allclose([bars(panel, "whole")[1][1] for panel in panels], [104, 100, 104, 100])
    assert len({panel.get_xlim() for panel in panels}) == 1
    assert words(panels[0], "cell")[1] == "+10.0"
    many = made(
        FIVE[:2], models={name: [] for name in ("crude", "age", "sex", "full", "all_terms", "other")}, shares=()
    )
    with pytest.raises(ValueError, match="no room for 6 models side by side"):
        plot_pathway(many)


def test_two_outcomes_stacked_are_two_blocks_each_on_its_own_scale():
    two = {"referred": "yes_no", "due": "yes_no", "improved": "yes_no"}
    stacked = Estimates.stack([made(FIVE[::3], shares=()), made(FIVE[::3], stages=two, shares=(), half=0.4)])
    frame, *panels = plot_pathway(stacked).figure.axes
    assert [title.split(" per")[0] for title in words(frame, "block")] == [
        "Sessions attended",
        "Improvement",
    ]
    assert [len(bars(panel, "step")) for panel in panels] == [4, 3]
    assert panels[0].get_xlim() != panels[1].get_xlim()
    assert "gap in sessions attended and improvement arises" in caption("pathway", stacked)


def test_a_level_of_few_persons_has_dashes_and_its_steps_no_bars():
    frame, _, small = plot_pathway(made((*FIVE[:2], "unknown"), shares=(), n={"unknown": 3})).figure.axes
    assert words(small, "cell")[1:5] == ["–"] * 4
    assert bars(small, "step") == []
    assert words(frame, "label")[-2] == "Unknown education (n = –)"
    assert "Hidden" in words(frame, "note")[0]


def test_a_reading_is_named_and_two_of_them_stand_side_by_side():
    one, other = (
        sexes(models={reading: ["age"]}).replaced(
            rows=sexes(models={reading: ["age"]}).tidy().assign(stratum=f"reading={reading}")
        )
        for reading in ("sequential", "shapley")
    )
    told = "Sessions attended per 100 diagnosed: adjusted for age; reading: sequential"
    assert words(plot_pathway(one).figure.axes[0], "block") == [told]
    assert "per 100 diagnosed, adjusted for age, reading: Shapley: women" in caption("pathway", other)
    both = plot_pathway(Estimates.stack([one, other])).figure.axes[0]
    assert words(both, "block") == ["Sessions attended per 100 diagnosed"]
    assert words(both, "heading") == ["Sequential: adjusted for age", "Shapley: adjusted for age"]


def test_of_a_ladder_everybody_is_counted_once():
    frame = plot_pathway(CASES["ends"]()).figure.axes[0]
    told = "The highest end of the ranking against the lowest end of the ranking"
    assert words(frame, "level") == [f"{told} (n = 850)"]
    assert words(frame, "label")[0] == "The lowest end of the ranking"


def test_at_a_column_s_width_levels_stand_one_under_another_without_intervals_in_numbers(five):
    frame, *panels = plot_pathway(five, width="single").figure.axes
    assert len(words(frame, "level")) == len(panels) == 4
    assert words(panels[0], "cell")[:2] == ["64.0", "+43.2"]
    assert len(drawn(panels[0], "interval")) == 7
    assert len({panel.get_xlim() for panel in panels}) == 1


CASES = {
    "five": made,
    "models": lambda: made(FIVE[1:], models={"crude": []} | MODELS, shares=()),
    "sex": lambda: sexes(half=0.5),
    "ends": lambda: made(("bottom", "top"), shares=("top",)),
}


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("case", CASES)
def test_no_words_run_into_each_other(words_stand_free, case, width, language):
    ax = plot_pathway(CASES[case](), language=language, width=width, note="Synthetic data. " * 9)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS[width])
    words_stand_free(ax.figure)


def test_what_is_no_pathway_is_refused(five, gradient):
    with pytest.raises(ValueError, match="no row with the measure contribution"):
        plot_pathway(gradient(("risk",)))
    with pytest.raises(ValueError, match="no row with the measure stage_quantity"):
        plot_pathway(five.select(measure="contribution"))
    with pytest.raises(ValueError, match="there is no stage_quantity of basic at sessions_attended"):
        plot_pathway(five.select(level=FIVE[1:]))
    strata = [five.replaced(rows=five.tidy().assign(stratum=f"sex={sex}")) for sex in ("female", "male")]
    with pytest.raises(ValueError, match="several contributions of upper_secondary_or_vocational: select one stratum"):
        plot_pathway(Estimates.stack(strata))
    assert plot_pathway(Estimates([], context={"refused": "data has no rows"})).texts[0].get_gid() == "reason"


def test_the_caption_reads_each_waterfall_from_start_to_end(five):
    text = caption("pathway", five)
    assert text.startswith("At which step the gap in sessions attended arises: from basic education")
    assert (
        "Long higher education against basic education, sessions attended per 100 diagnosed, adjusted for age, sex and "
        "year: basic education: 64.0 (54.0 to 74.0); referral: +43.2 (33.2 to 53.2);" in text
    )
    assert "long higher education: 127.4 (117.4 to 137.4); gap: +63.4 (43.4 to 83.4)." in text
    danish = caption("pathway", sexes(), "da")
    assert "Mænd sammenlignet med kvinder, fremmøder pr. 100 diagnosticerede" in danish
