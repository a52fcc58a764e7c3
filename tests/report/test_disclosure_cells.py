"""Joint cells of an interaction, indices over all levels: what rests on a small count goes with it."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from rehab_stats.report.disclosure import protect
from rehab_stats.vocabulary import Estimates

LEVELS, SEXES = ("short", "medium", "long"), ("female", "male")
COUNTS = {cell: (300, 60) for cell in itertools.product(LEVELS, SEXES)}


@pytest.fixture
def joint():
    """Factory: every measure of an interaction from counts (level, sex) -> (n, events), as `interaction` gives them."""

    def make(counts=COUNTS, *, terms=(), measures=None) -> Estimates:
        rows = [row for row in every_row(counts) if measures is None or row["measure"] in measures]
        same = {"outcome": "referred", "model": "sets", "estimate": 0.2, "std_error": 0.02, "conf_low": 0.1}
        tidy = [same | {"conf_high": 0.3} | {k: v for k, v in row.items() if k != "other"} for row in rows]
        details = []
        for row in rows:
            compared = counts[row["reference"], row["other"]] if "reference" in row else (None, None)
            details.append(
                {
                    "n_reference": compared[0],
                    "events_reference": compared[1],
                    "reference_stratum": row.get("other"),
                }
            )
        context = {"exposure": "education", "stratum": "sex", "adjust": {"sets": list(terms)}}
        return Estimates(tidy, details=pd.DataFrame(details), context=context)

    return make


def every_row(counts):
    for (level, sex), (n, events) in counts.items():
        base = {"level": level, "stratum": sex, "n": n, "events": events}
        yield base | {"measure": "joint_risk"}
        if (level, sex) != ("short", "female"):
            yield base | {"measure": "joint_odds_ratio", "reference": "short", "other": "female"}
        if level != "short":
            yield base | {"measure": "risk_difference", "reference": "short", "other": sex}
            if sex != "female":
                for measure in ("reri", "interaction_contrast", "ratio_of_odds_ratios", "synergy_index"):
                    yield base | {"measure": measure, "reference": "short", "other": "female"}


FOUR = ["reri", "interaction_contrast", "ratio_of_odds_ratios", "synergy_index"]


def hidden(estimates: Estimates, **where) -> set[bool]:
    return set(estimates.select(**where).tidy()["estimate"].isna())


def test_nothing_small_nothing_hidden(joint):
    assert protect(joint()).tidy()["estimate"].notna().all()


@pytest.mark.parametrize(
    ("cell", "gone", "stays"),
    [
        (("medium", "male"), {"medium"}, {"long"}),
        (("medium", "female"), {"medium"}, {"long"}),
        (("short", "male"), {"medium", "long"}, set()),
        (("short", "female"), {"medium", "long"}, set()),
    ],
)
def test_an_interaction_goes_with_any_of_its_four_cells(joint, cell, gone, stays):
    safe = protect(joint(COUNTS | {cell: (300, 3)}, terms=["age"]))
    for level in gone:
        assert hidden(safe, measure=FOUR, level=level) == {True}
    for level in stays:
        assert hidden(safe, measure=FOUR, level=level) == {False}
    assert hidden(safe, measure="joint_risk", level=cell[0], stratum=cell[1]) == {True}


def test_the_cells_count_also_where_only_interactions_are_shown(joint):
    # the joint reference and the reference within the stratum have no rows of their own here
    made = joint(COUNTS | {("short", "female"): (300, 3)}, terms=["age"], measures=["joint_odds_ratio", "reri"])
    safe = protect(made)
    assert safe.tidy()["estimate"].isna().all()
    assert safe.details()["events_reference"].isna().all()


def test_within_a_stratum_only_its_own_reference_counts(joint):
    safe = protect(joint(COUNTS | {("short", "male"): (300, 3)}, terms=["age"]))
    assert hidden(safe, measure="risk_difference", stratum="male") == {True}
    assert hidden(safe, measure="risk_difference", stratum="female") == {False}
    assert hidden(safe, measure="joint_odds_ratio", level="long") == {False}


def indices(models, *, unknown=40):
    levels = {"short": (300, 60), "medium": (300, 3), "long": (300, 60), "unknown": (unknown, 9)}
    rows = [
        {"measure": "risk", "level": level, "n": n, "events": events, "estimate": events / n, "model": model}
        for model in models
        for level, (n, events) in levels.items()
    ]
    for model, measure in itertools.product(models, ["slope_index", "relative_index", "between_group_variance"]):
        rows.append({"measure": measure, "n": 900, "events": 123, "estimate": 0.1, "std_error": 0.01, "model": model})
    adjust = {"adjust": {"crude": [], "full": ["age"]}}
    return Estimates([{"outcome": "referred"} | row for row in rows], context={"exposure": "education"} | adjust)


def test_an_unadjusted_index_over_a_hidden_level_goes_an_adjusted_one_stays():
    safe = protect(indices(["crude", "full"]))
    for measure in ("slope_index", "relative_index", "between_group_variance"):
        assert hidden(safe, measure=measure, model="crude") == {True}
        assert hidden(safe, measure=measure, model="full") == {False}


def test_a_level_hidden_among_the_ranked_is_not_all_less_the_others():
    rows = protect(indices(["full"])).tidy()
    events = rows[rows["measure"] == "risk"].set_index("level")["events"]
    total = rows.loc[rows["measure"] == "slope_index", "events"].iloc[0]
    assert np.isnan(events["medium"])
    # 123 of all with a rank, 60 short and 60 long: one of the three has to go too
    assert np.isnan([total, events["short"], events["long"]]).any()


def test_few_unranked_are_not_counted_in_the_diagnostics():
    made = indices(["full"])
    told = Estimates(made.tidy(), diagnostics={"rows_unranked": 3, "rows_dropped": 70}, context=made.context)
    assert protect(told).diagnostics["rows_unranked"] is None


def test_what_is_survival_goes_with_its_level_under_either_mortality():
    rows = [
        {"measure": "risk", "level": level, "stratum": f"death={whose}", "n": 300, "events": events}
        for whose in ("own", "reference")
        for level, events in (("short", 60), ("medium", 70), ("long", 3))
    ]
    rows += [{"measure": "survival_part", "level": level, "reference": "short"} for level in ("medium", "long")]
    same = {"outcome": "event", "model": "sets", "at": 365, "estimate": 0.2, "std_error": 0.1}
    safe = protect(Estimates([same | row for row in rows], context={"adjust": {"sets": ["age"]}}))
    assert hidden(safe, measure="survival_part", level="long") == {True}
    assert hidden(safe, measure="survival_part", level="medium") == {False}


def test_rounding_leaves_a_cumulative_incidence_what_it_is():
    row = {"measure": "risk", "outcome": "event", "level": "short", "n": 302, "events": 61, "at": 365, "model": "crude"}
    plain = {"measure": "risk", "outcome": "event", "level": "long", "n": 302, "events": 61, "model": "crude", "at": 1}
    made = [row | {"estimate": 0.2512, "std_error": 0.02}, plain | {"estimate": 61 / 302}]
    rows = protect(Estimates(made), preset="opensafely").tidy()
    np.testing.assert_allclose(rows["estimate"], [0.251, 60 / 300])


def test_a_small_joint_reference_is_not_taken_for_the_reference_within_a_stratum(joint):
    small = COUNTS | {("short", "female"): (300, 3)}
    safe = protect(joint(small, terms=["age"], measures=["joint_odds_ratio", "risk_difference"]))
    assert hidden(safe, measure="joint_odds_ratio") == {True}
    assert hidden(safe, measure="risk_difference", stratum="male") == {False}


def cells_of_two_modifiers(small: int) -> Estimates:
    """One level divided by sex and by cohabitation; the first sex has `small` events."""
    events = {"sex=female": small, "sex=male": 22, "cohabiting=alone": 11, "cohabiting=cohabiting": small + 11}
    rows = [
        {"outcome": "referred", "model": "sets", "measure": "joint_risk", "level": "short", "stratum": stratum}
        | {"estimate": 0.2, "n": 100, "events": count}
        for stratum, count in events.items()
    ]
    return Estimates(rows, context={"adjust": {"sets": []}})


def test_one_way_of_dividing_persons_does_not_give_away_the_other():
    rows = protect(cells_of_two_modifiers(3)).tidy().set_index("stratum")["events"]
    assert np.isnan(rows["sex=female"])
    # 11 + 14 - 22 = 3: one of the three must go too
    assert rows.drop("sex=female").isna().any()
    assert protect(cells_of_two_modifiers(30)).tidy()["events"].notna().all()


def test_persons_on_two_ladders_that_differ_by_a_few_are_not_both_shown():
    rows = [
        {"outcome": "referred", "model": "crude", "measure": "slope_index", "stratum": f"rank={rank}"}
        | {"estimate": 0.1, "std_error": 0.02, "n": n, "events": events}
        for rank, n, events in (("education", 5300, 900), ("income_fifth", 5303, 901))
    ]
    shown = protect(Estimates(rows)).tidy()
    assert shown["n"].notna().sum() == 1
    assert shown["events"].notna().sum() == 1
    far = protect(Estimates([rows[0], rows[1] | {"n": 5400, "events": 950}])).tidy()
    assert far[["n", "events"]].notna().all(axis=None)
