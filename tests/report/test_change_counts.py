"""Estimates of change that tell of few persons: a reader works their number out, and must fail after `protect`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.change.sizes import detectable, standardised_response
from rehab_stats.report.disclosure import protect
from rehab_stats.vocabulary import Estimates

NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]
FEW = {"short": (400, 150), "medium": (360, 160), "long": (30, 3)}
PLAIN = {"model": "crude", "terms": ()}


def of_level(estimates, level, **where):
    return estimates.select(level=level, **where).tidy()


# rungs are the same persons again


def test_nothing_small_nothing_hidden_however_often_the_same_persons_are_told_of(effect):
    made = effect.ladder(**PLAIN)
    safe = protect(made)
    pd.testing.assert_frame_equal(safe.tidy(), made.tidy())
    assert safe.details()["df"].notna().all()
    assert safe.diagnostics["rows_used.weights"] == made.diagnostics["rows_used.weights"]


def test_the_rungs_are_no_parts_of_a_whole_that_stands_beside_them(effect):
    """400 persons in all are not 150 complete cases and 250 others of another rung."""
    rungs = effect.ladder(rungs=("complete_cases", "weights"), **PLAIN)
    whole = effect.ladder(rungs=("imputation",), **PLAIN)
    whole = whole.replaced(rows=whole.tidy().assign(stratum=None, n=lambda rows: rows["n"] + 153))
    assert protect(Estimates.stack([rungs, whole])).tidy()["estimate"].notna().all()


def test_few_with_both_scores_take_the_level_from_every_rung_and_nobody_else(effect):
    safe = protect(effect.ladder(counts=FEW, **PLAIN))
    long = of_level(safe, "long")
    assert long[[*NUMBERS, "events"]].isna().all(axis=None)
    naive = long["stratum"] == "handling=complete_cases"
    assert long.loc[naive, "n"].isna().all()
    assert long.loc[~naive, "n"].eq(30).all()
    others = safe.tidy()["level"] != "long"
    assert safe.tidy().loc[others, [*NUMBERS, "n", "events"]].notna().all(axis=None)


def test_a_level_of_few_is_not_all_less_the_others_by_any_diagnostic_or_degree_of_freedom(effect):
    counts = FEW | {"long": (3, 0), "unknown": (200, 90)}
    made = effect.ladder(counts=counts)
    persons, pairs = (sum(c[place] for c in counts.values()) for place in (0, 1))
    beside = {"at_risk.given.weights": persons, "responded.given.weights": pairs, "responders.weights": pairs}
    details = made.details().assign(df=persons - 5.0)
    safe = protect(made.replaced(diagnostics=made.diagnostics | beside, details=details))
    numbers = [value for name, value in safe.diagnostics.items() if name.split(".")[0] not in {"smallest_count_shown"}]
    assert not {persons, pairs} & set(numbers)
    assert safe.diagnostics["effective_n.weights"] is None
    assert safe.details()["df"].isna().all()
    assert safe.details().loc[safe.tidy()["estimate"].isna(), ["fmi", "lambda"]].isna().all(axis=None)


def test_few_without_both_scores_hide_their_number_in_complete_cases_too(effect):
    """Complete cases are the persons less the few: their number would be it."""
    safe = protect(effect.ladder(counts=FEW | {"long": (90, 87)}, **PLAIN))
    rows = safe.tidy()
    long = rows[rows["level"] == "long"]
    both = pd.concat([long["n"], long["events"]]).dropna()
    assert both.nunique() <= 1
    assert safe.details()["df"].isna().all()


@pytest.mark.parametrize(("pairs", "hidden"), [(9, True), (10, False)])
def test_unadjusted_changes_of_nine_pairs_go_on_every_rung_and_of_ten_stay(effect, pairs, hidden):
    rungs = ("complete_cases", "weights", "imputation")
    rows = protect(effect.ladder(counts=FEW | {"long": (30, pairs)}, rungs=rungs, **PLAIN)).tidy()
    assert rows.loc[rows["level"] == "long", "estimate"].isna().all() == hidden
    assert rows.loc[rows["level"] == "long", "estimate"].notna().all() == (not hidden)
    # an adjusted one mixes everybody's rows
    adjusted = protect(effect.ladder(counts=FEW | {"long": (30, pairs)}, rungs=rungs))
    assert adjusted.tidy()["estimate"].notna().all()


# who was moved


def moved_ladder(effect, *, never, dropouts, n=200, delta=-5.0, context=True):
    """A ladder whose departures move exactly so many persons of the level `long`."""
    made = effect.ladder(counts={"short": (400, 150), "long": (n, n - never - dropouts)}, **PLAIN)
    rows = made.tidy()
    shares = {
        "handling=jump_to_baseline": -9.7 * dropouts / n,
        "handling=delta_dropouts": delta * dropouts / n,
        "handling=delta_never_given": delta * never / n,
    }
    long = rows["level"] == "long"
    means = long & (rows["measure"] == "mean")
    rows.loc[means, "estimate"] = 9.7 + rows.loc[means, "stratum"].map(shares).fillna(0.0)
    return made.replaced(rows=rows).with_context(**({"delta": delta} if context else {}))


def told(rows, rung, point, n):
    means = rows[(rows["level"] == "long") & (rows["measure"] == "mean")].set_index("stratum")["estimate"]
    return n * (means[f"handling={rung}"] - means["handling=imputation"]) / point


def test_three_dropouts_are_not_read_off_what_moving_them_does(effect):
    made = moved_ladder(effect, never=80, dropouts=3)
    assert told(made.tidy(), "delta_dropouts", -5.0, 200) == pytest.approx(3)
    assert told(made.tidy(), "jump_to_baseline", -9.7, 200) == pytest.approx(3)
    safe = protect(made).tidy()
    assert np.isnan(told(safe, "delta_dropouts", -5.0, 200))
    assert np.isnan(told(safe, "jump_to_baseline", -9.7, 200))
    # nor as those without a follow-up form less those never given one
    assert np.isnan(told(safe, "delta_never_given", -5.0, 200))
    long = safe[(safe["level"] == "long") & ~safe["stratum"].str.contains("delta|jump")]
    assert long["estimate"].notna().all()
    short = safe[safe["level"] == "short"]
    assert short["estimate"].notna().all()


def test_many_dropouts_or_none_are_no_secret(effect):
    for dropouts in (0, 30):
        assert protect(moved_ladder(effect, never=80, dropouts=dropouts)).tidy()["estimate"].notna().all()


def test_a_delta_by_level_is_read_by_level(effect):
    made = moved_ladder(effect, never=3, dropouts=80).with_context(delta={"long": -5.0, "short": -2.0})
    safe = protect(made).tidy()
    assert np.isnan(told(safe, "delta_never_given", -5.0, 200))


def slope(rows, along):
    """Persons moved, from how the map rises."""
    maps = rows[rows["stratum"].notna()].assign(other=lambda r: r["stratum"].str.rpartition("=")[2].astype(float))
    across = "other" if along == "at" else "at"
    line = maps[maps[across] == 0].set_index(along)["estimate"]
    return abs(line[10] - line[-10]) / 20


@pytest.mark.parametrize("share", [(0.6, 3 / 360), (3 / 400, 0.5), (0.6, 357 / 360)])
def test_a_map_does_not_tell_of_the_few_whose_scores_it_moves_or_leaves(effect, share):
    made = effect.tipping(share=share)
    medium = made.select(level="medium")
    found = {round(400 * slope(medium.tidy(), "other")), round(360 * slope(medium.tidy(), "at"))}
    assert found & {3, 357}
    safe = protect(made).tidy()
    assert safe["estimate"].isna().all()
    assert protect(made).details()["shift"].isna().all()
    # the tips alone are looked at by their shift
    alone = protect(made.select(measure="tipping_delta")).tidy()
    assert alone["estimate"].isna().all() == (share[1] != 0.5)


def test_a_map_of_many_is_shown_and_a_tip_that_is_not_there_is_not_hidden(effect):
    safe = protect(effect.tipping())
    assert safe.tidy().loc[safe.tidy()["measure"] == "mean_difference", "estimate"].notna().all()
    assert safe.details()["hidden"].eq("").all()


@pytest.mark.parametrize("counts", [(30, 3), (360, 357), (4, 4)])
def test_a_map_and_its_tips_go_with_few_pairs(effect, counts):
    rows = protect(effect.tipping(counts=counts, share=(0.6, 0.5))).tidy()
    if counts == (360, 357):  # the few without both scores are not told; the map is of those without a follow-up
        assert rows["events"].isna().all()
    else:
        assert rows["estimate"].isna().all()


# completion


def test_completed_forms_of_a_level_are_not_all_less_the_others(effect):
    sizes = {"short": 400, "medium": 360, "long": 24}
    made = effect.rates(sizes=sizes, died=4, done=(210, -17))
    rows = made.tidy()
    follow = rows[(rows["outcome"] == "follow_up") & (rows["level"] == "long")]
    assert follow["events"].eq(3).all()
    safe = protect(made).tidy()
    part = safe[safe["outcome"] == "follow_up"]
    assert part.loc[part["level"] == "long", ["estimate", "events"]].isna().all(axis=None)
    for measure in ("completion_rate", "available_rate"):
        mine = part[part["measure"] == measure].assign(level=lambda r: r["level"].fillna("total")).set_index("level")
        shown = mine["events"].fillna(mine["estimate"] * mine["n"])
        assert np.isnan(shown["total"] - shown["short"] - shown["medium"])


def test_few_who_died_before_a_form_was_due_are_not_the_difference_of_two_numbers(effect):
    safe = protect(effect.rates(died=3))
    rows = safe.tidy()
    later = rows[(rows["outcome"] == "follow_up") & rows["level"].notna()]
    n = later.pivot(index="level", columns="measure", values="n")
    gap = n["available_rate"] - n["completion_rate"]
    assert gap.isna().all()
    assert safe.diagnostics["returned_not_due.follow_up"] is None


def test_rates_of_many_stay_and_are_rounded_like_shares(effect):
    assert protect(effect.rates()).details()["hidden"].eq("").all()
    rows = protect(effect.rates(), preset="opensafely").tidy()
    np.testing.assert_allclose(rows["estimate"], rows["events"] / rows["n"])
    assert (rows["events"] % 5 == 0).all()


# balance


def share_of(difference, whole):
    """The share of a category among those who answered, from its difference and its share of all."""
    return whole + difference * np.sqrt(whole * (1 - whole))


def test_a_category_of_few_is_not_counted_by_its_balance_nor_as_the_rest_of_the_others(effect):
    made = effect.balance(few=3)
    safe = protect(made)
    rows = safe.tidy()
    cancer = rows[rows["outcome"] == "diagnosis_group"]
    hidden = cancer.loc[cancer["estimate"].isna(), "level"].unique()
    assert "colorectal" in hidden
    assert len(hidden) >= 2
    assert cancer.groupby("level")["estimate"].apply(lambda e: e.isna().nunique()).eq(1).all()
    assert safe.details().loc[rows["estimate"].isna(), "in_category_responded"].isna().all()
    assert rows.loc[rows["outcome"] != "diagnosis_group", "estimate"].notna().all()
    assert 0 < share_of(0.2, 0.5) < 1


def test_of_two_categories_one_gives_the_other(effect):
    made = effect.balance()
    details = made.details()
    men = made.tidy()["level"] == "male"
    details.loc[men, "in_category_responded"] = 298.0  # two women answered
    rows = protect(made.replaced(details=details)).tidy()
    assert rows.loc[rows["outcome"] == "sex", "estimate"].isna().all()


def test_a_flag_is_a_category_too(effect):
    made = effect.balance()
    flag = {"outcome": "given", "model": "unweighted", "measure": "standardised_difference", "estimate": 0.1, "n": 300}
    rows = pd.concat([made.tidy(), pd.DataFrame([flag])], ignore_index=True)
    for many, hidden in ((298.0, True), (150.0, False)):
        beside = pd.DataFrame([{"in_category": 500.0, "in_category_responded": many}])
        details = pd.concat([made.details(), beside], ignore_index=True)
        out = protect(made.replaced(rows=rows, details=details)).tidy()
        assert out.loc[out["outcome"] == "given", "estimate"].isna().all() == hidden
        assert out.loc[out["outcome"] == "age", "estimate"].notna().all()


def test_categories_without_their_counts_cannot_be_judged_and_go(effect):
    made = effect.balance()
    rows = protect(made.replaced(details=made.details()[[]])).tidy()
    assert rows.loc[rows["level"].notna(), "estimate"].isna().all()
    assert rows.loc[rows["level"].isna(), "estimate"].notna().all()


def test_nobody_of_a_category_is_no_secret_and_few_missing_values_are(effect):
    safe = protect(effect.balance(few=0))
    rows = safe.tidy()
    assert rows.loc[rows["level"] == "colorectal", "estimate"].notna().all()
    assert safe.diagnostics["missing.age"] is None
    assert safe.diagnostics["responders"] == 300
    assert safe.diagnostics["effective_n"] == 251.2


# bounds


def test_bounds_go_with_few_pairs_and_with_few_who_lack_one(effect):
    for counts in ({"long": (30, 3)}, {"long": (90, 87)}):
        made = effect.bounds(counts=FEW | counts)
        rows = protect(made).tidy()
        assert rows.loc[rows["level"] == "long", "estimate"].isna().all()
        assert rows.loc[rows["level"] != "long", "estimate"].notna().all()
    at_reference = effect.bounds(counts={"short": (40, 3), "long": (300, 150)})
    rows = protect(at_reference).tidy()
    assert rows.loc[rows["reference"].notna(), "estimate"].isna().all()
    assert protect(effect.bounds()).details()["hidden"].eq("").all()


# sizes, shares beyond a threshold


def test_a_standardised_change_goes_with_the_mean_and_the_pairs(effect):
    made = effect.ladder(counts=FEW | {"long": (30, 8)}, rungs=("complete_cases",), **PLAIN).select(measure="mean")
    both = made.tidy().assign(measure="standardised_response_mean", estimate=0.4)
    rows = protect(Estimates(pd.concat([made.tidy(), both]), context=made.context)).tidy()
    assert rows.loc[rows["level"] == "long", "estimate"].isna().all()
    assert rows.loc[rows["level"] != "long", "estimate"].notna().all()


def scores(pairs):
    """Persons with both scores by level, as many as asked, changes in steps of 100/12."""
    rng = np.random.default_rng(2015)
    parts = [
        pd.DataFrame({"education": level, "before": 50.0, "after": 50 + rng.integers(-3, 6, n) * 100 / 12})
        for level, n in pairs.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(education=pd.Categorical(frame["education"], list(pairs), ordered=True))


def test_the_spread_and_the_mean_of_all_do_not_give_the_few_back():
    made = standardised_response(
        scores({"short": 60, "medium": 50, "long": 7}), baseline="before", followup="after", exposure="education"
    )
    rows = protect(made).tidy()
    assert rows.loc[rows["level"] == "long", "estimate"].isna().all()
    assert rows.loc[rows["level"].isna() & rows["measure"].ne("standardised_response_mean"), "estimate"].isna().all()
    assert rows.loc[rows["level"].isin(["short", "medium"]), "estimate"].notna().all()


def test_what_so_many_pairs_could_show_does_not_tell_how_many_the_few_are():
    made = detectable({"short": 60, "medium": 50, "long": 3}, exposure="education", sd_changes=[15.0, 20.0])
    rows = protect(made).tidy()
    persons = (2.8015851 * rows["at"] / rows["estimate"]) ** 2
    whole = persons[rows["level"].isna()]
    assert rows.loc[rows["level"] == "long", ["estimate", "n"]].isna().all(axis=None)
    assert whole.isna().all() or rows.loc[rows["level"] == "medium", "estimate"].isna().all()
    many = detectable({"short": 60, "long": 30}, exposure="education", sd_changes=[15.0, 20.0])
    assert protect(many).tidy()["estimate"].notna().all()


def beyond(improved, worsened, n=150, *, population=None):
    rows = [
        {"outcome": outcome, "model": "crude", "measure": "risk", "level": level, "n": size, "events": events}
        | {"estimate": events / size, "conf_low": 0.1, "conf_high": 0.9}
        for outcome, counts in (("improved", improved), ("worsened", worsened))
        for level, events, size in (("short", 60, 200), ("long", counts, n))
    ]
    return Estimates(rows, context={"exposure": "education", "adjust": {"crude": []}})


def test_few_who_neither_improved_nor_worsened_are_not_the_rest_of_the_two():
    assert protect(beyond(80, 40)).tidy()["estimate"].notna().all()
    rows = protect(beyond(80, 67)).tidy()
    long = rows[rows["level"] == "long"]
    known = long["events"].fillna(long["estimate"] * long["n"])
    assert known.isna().any()
