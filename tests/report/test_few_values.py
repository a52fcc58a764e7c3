"""Means and deviations that tell of single persons: a reader solves for their values, and must fail after `protect`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.describe import descriptives
from rehab_stats.report.disclosure import protect
from rehab_stats.vocabulary import Estimates

SPREAD = ["mean", "standard_deviation", "median", "lower_quartile", "upper_quartile"]


def days(off, *, n=60, everybody=180):
    """Days of opportunity of two groups and more, all 180 but for those in `off` (level -> the days of those)."""
    parts = [
        pd.DataFrame({"education": level, "days": [*few, *[everybody] * (n - len(few))]}) for level, few in off.items()
    ]
    return pd.concat(parts, ignore_index=True)


def sums(rows, stratum):
    """Persons, sum and sum of squares of what is lacking to 180 days, from the mean and the deviation (else NaN)."""
    mine = rows[rows["stratum"] == stratum].set_index("measure")
    mean, spread, n = mine.loc["mean", "estimate"], mine.loc["standard_deviation", "estimate"], mine.loc["mean", "n"]
    lost = n * (180 - mean)
    return np.array([n, lost, (n - 1) * spread**2 + lost**2 / n])


def two_persons(found):
    """The values of two persons that a sum and a sum of squares leave."""
    _, lost, squares = found
    pairs = [(a, lost - a) for a in range(1, int(lost) // 2 + 1)] if np.isfinite(found).all() else []
    return [pair for pair in pairs if abs(pair[0] ** 2 + pair[1] ** 2 - squares) < 0.5]


def of_numbers(estimates):
    rows = estimates.tidy()
    return rows[rows["measure"].isin(SPREAD)]


def test_the_days_of_the_two_who_differ_are_not_solved_for():
    truth = descriptives(days({"short": [40, 113], "long": range(100, 110)}), exposure="education", columns=["days"])
    assert [tuple(map(round, pair)) for pair in two_persons(sums(of_numbers(truth), "short"))] == [(67, 140)]
    safe = protect(truth)
    rows = of_numbers(safe)
    assert rows.loc[rows["stratum"] == "short", "estimate"].isna().all()
    assert rows.loc[rows["stratum"] == "long", "estimate"].notna().all()
    # nor as everybody's sums less those of the other group
    assert not two_persons(sums(rows, "total") - sums(rows, "long"))
    # nor are they counted beside the table
    off = safe.details()["n_off_mode"][safe.tidy()["measure"].isin(["mean"])].tolist()
    assert [value for value in off if np.isfinite(value)] == [10]


def test_where_persons_are_divided_twice_the_other_way_does_not_give_the_whole_back():
    data = days({"short": [40, 113], "long": range(100, 110)})
    data["sex"] = np.where(np.arange(len(data)) % 2, "male", "female")
    made = Estimates.stack([descriptives(data, exposure=by, columns=["days"]) for by in ("education", "sex")])
    rows = of_numbers(protect(made)).drop_duplicates(["measure", "stratum"])
    assert not two_persons(sums(rows, "male") + sums(rows, "female") - sums(rows, "long"))
    assert rows.loc[rows["measure"] == "mean", "estimate"].isna().all()


@pytest.mark.parametrize(("few", "hidden"), [(0, False), (1, True), (4, True), (5, False)])
def test_nobody_off_the_most_common_value_is_no_secret_and_five_are_enough(few, hidden):
    data = days({"short": range(20, 20 + few), "long": range(100, 110)})
    rows = of_numbers(protect(descriptives(data, exposure="education", columns=["days"])))
    assert rows.loc[rows["stratum"] == "short", "estimate"].isna().all() == hidden
    assert rows.loc[rows["stratum"] == "short", "estimate"].notna().all() == (not hidden)
    total = rows[(rows["stratum"] == "total") & rows["measure"].isin(["mean", "standard_deviation"])]
    assert total["estimate"].isna().all() == hidden


def test_a_stricter_minimum_hides_more_and_protecting_twice_changes_nothing():
    data = days({"short": range(20, 26), "long": range(100, 110)})
    once = protect(descriptives(data, exposure="education", columns=["days"]))
    assert of_numbers(once)["estimate"].notna().all()
    twice = of_numbers(protect(once, minimum=8))
    assert twice.loc[twice["stratum"] == "short", "estimate"].isna().all()


def test_a_yes_or_no_kept_as_0_and_1_has_no_mean_to_multiply_by_its_persons():
    data = days({"short": [0], "long": [0, 0, 0]}, everybody=1)
    rows = protect(descriptives(data, exposure="education", columns=["days"])).tidy()
    assert not rows["measure"].isin(SPREAD).any()
    few = rows[(rows["level"] == "False") & rows["stratum"].isin(["short", "long"])]
    assert few["estimate"].isna().all()


def test_quantiles_go_with_the_mean_and_the_number_of_their_group():
    sizes = {"short": 3, "medium": 40, "long": 60}
    data = pd.concat([pd.DataFrame({"education": k, "days": np.arange(n) * 1.5}) for k, n in sizes.items()])
    rows = of_numbers(protect(descriptives(data, exposure="education", columns=["days"])))
    for _, group in rows.groupby("stratum"):
        whole = group["n"].isna() & group.loc[group["measure"] == "mean", "estimate"].isna().all()
        assert group.loc[whole, "estimate"].isna().all()
    assert rows.loc[rows["stratum"] == "short", "estimate"].isna().all()
    # the second number of persons that is hidden takes its quantiles along too
    assert rows.groupby("stratum")["n"].apply(lambda n: n.isna().all()).sum() >= 2


def lists_of(n, total, squares, smallest=1):
    """The ascending lists of n whole numbers with this sum and sum of squares."""
    if n == 0:
        return [()] if total == squares == 0 else []
    return [
        (value, *rest)
        for value in range(smallest, int(min(total / n, np.sqrt(squares / n))) + 1)
        for rest in lists_of(n - 1, total - value, squares - value * value, value)
    ]


def means(sessions, *, model="crude", stratum=None):
    """Means with their robust errors, and contrasts with the first level, from level -> everybody's sessions."""
    rows, details, first = [], [], next(iter(sessions))
    found = {
        level: (np.mean(x), np.std(x) / np.sqrt(len(x)), len(x), np.count_nonzero(x)) for level, x in sessions.items()
    }
    for level, (mean, error, n, some) in found.items():
        row = {
            "outcome": "sessions_attended",
            "model": model,
            "level": level,
            "stratum": stratum,
            "n": n,
            "events": some,
        }
        values = {"mean": (mean, error)}
        if level not in {first, "total"}:
            other, spread = found[first][:2]
            both = np.hypot(error, spread)
            relative = np.hypot(error / mean, spread / other)
            values |= {"mean_difference": (mean - other, both), "mean_ratio": (mean / other, relative)}
            values |= {"rate_ratio": (mean / other, relative)}
        for measure, (value, width) in values.items():
            given = {"measure": measure, "estimate": value, "std_error": width, "conf_low": value, "conf_high": value}
            rows.append(row | given | ({} if measure == "mean" else {"reference": first}))
            beside = {"n_reference": found[first][2], "events_reference": found[first][3]}
            details.append({} if measure == "mean" else beside)
    context = {"exposure": "education", "outcome": "sessions_attended", "adjust": {"crude": [], "full": ["age"]}}
    return Estimates(rows, details=pd.DataFrame(details), context=context)


def told(rows, level, *, n=None):
    """Sum and sum of squares of a level's sessions from its mean and error, NaN where hidden."""
    mine = rows[(rows["measure"] == "mean") & (rows["level"] == level)].iloc[0]
    n = n or mine["n"]
    return np.array([n * mine["estimate"], n**2 * mine["std_error"] ** 2 + n * mine["estimate"] ** 2])


MANY = [*range(1, 15)] * 3
FEW = (1, 2, 2, 5, 9)


def test_everybodys_sessions_are_not_solved_for_from_the_mean_of_few_and_its_error():
    truth = means({"short": MANY, "medium": MANY, "long": FEW})
    assert FEW in lists_of(5, *np.round(told(truth.tidy(), "long")).astype(int))
    rows = protect(truth).tidy()
    long = rows[rows["level"] == "long"]
    assert long[["estimate", "std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert rows.loc[rows["level"] == "medium", "estimate"].notna().all()
    # few at the reference take all contrasts, whose errors hold its own
    rows = protect(means({"short": FEW, "medium": MANY, "long": MANY})).tidy()
    assert rows.loc[rows["measure"] != "mean", ["estimate", "std_error"]].isna().all(axis=None)
    assert rows.loc[rows["level"].isin(["medium", "long"]) & (rows["measure"] == "mean"), "estimate"].notna().all()


def test_the_reference_is_found_where_the_contrasts_do_not_count_it():
    made = means({"short": FEW, "medium": MANY})
    rows = protect(made.replaced(details=pd.DataFrame(index=range(len(made))))).tidy()
    assert rows.loc[rows["measure"] != "mean", "std_error"].isna().all()


@pytest.mark.parametrize(("some", "hidden"), [(9, True), (10, False)])
def test_nine_with_any_are_too_few_and_ten_are_not_whatever_the_number_without(some, hidden):
    rows = protect(means({"short": MANY, "long": [*range(1, some + 1), *[0] * 30]})).tidy()
    assert rows.loc[rows["level"] == "long", "estimate"].isna().all() == hidden
    assert rows.loc[rows["level"] == "short", "estimate"].notna().all()


def test_the_whole_and_the_other_strata_do_not_give_the_few_back():
    everybody = means({"short": MANY, "long": FEW, "total": [*MANY, *FEW]})
    rows = protect(everybody).tidy()
    back = told(rows, "total") - told(rows, "short")
    assert np.isnan(back).all()
    strata = [
        means({"short": MANY, "long": [*MANY, *FEW]}),
        means({"short": MANY, "long": MANY}, stratum="sex=female"),
        means({"short": MANY, "long": FEW}, stratum="sex=male"),
    ]
    rows = protect(Estimates.stack(strata)).tidy()
    whole, women = (rows[rows["stratum"].isna()], rows[rows["stratum"] == "sex=female"])
    assert np.isnan(told(whole, "long") - told(women, "long")).all()
    assert np.isfinite(told(whole, "short")).all()


def test_adjusted_means_of_few_stay_as_they_were():
    rows = protect(means({"short": MANY, "long": FEW}, model="full")).tidy()
    assert rows["estimate"].notna().all()


def test_the_e_value_of_a_hidden_ratio_does_not_give_it():
    made = means({"short": MANY, "medium": MANY, "long": FEW})
    rows, ratio = made.tidy(), made.tidy()["measure"] == "rate_ratio"
    extra = rows[ratio].assign(measure="e_value", estimate=1.9, n=np.nan, events=np.nan)
    details = pd.concat([made.details(), made.details()[ratio]], ignore_index=True)
    details["of_measure"] = [None] * len(rows) + ["rate_ratio"] * len(extra)
    safe = protect(made.replaced(rows=pd.concat([rows, extra], ignore_index=True), details=details)).tidy()
    shown = safe[safe["measure"] == "e_value"].set_index("level")["estimate"]
    assert np.isnan(shown["long"])
    assert shown["medium"] == 1.9
