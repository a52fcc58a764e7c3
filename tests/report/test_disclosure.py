"""Attackers: each tries to work a hidden count out from what `protect` leaves, and must fail."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from rehab_stats.report.disclosure import PRESETS, anything_hidden, is_protected, protect
from rehab_stats.vocabulary import Estimates

LEVELS = ["short", "medium", "long", "unknown"]
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]


def seen_cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Categories x strata as a reader gets them: counts, or shares times their n, or events; NaN where neither."""
    rows = rows.assign(
        count=np.where(rows["measure"] == "count", rows["estimate"], rows["estimate"] * rows["n"]),
    )
    rows["count"] = rows["count"].fillna(rows["events"])
    return rows.groupby(["level", "stratum"])["count"].max().unstack().round()


def solve(cells: pd.DataFrame, columns_n: pd.Series, level: str, stratum: str) -> tuple[float, float]:
    """Smallest and largest whole number the cell can be, given every cell shown and every margin shown."""
    strata = [s for s in cells if s != "total"]
    place = {(lv, s): i for i, (lv, s) in enumerate((lv, s) for lv in cells.index for s in strata)}
    equal = [([place[lv, s]], cells.loc[lv, s]) for lv, s in place if np.isfinite(cells.loc[lv, s])]
    equal += [([place[lv, s] for s in strata], cells.loc[lv, "total"]) for lv in cells.index]
    equal += [([place[lv, s] for lv in cells.index], columns_n[s]) for s in strata]
    equal += [(list(range(len(place))), columns_n["total"])]
    equal = [(members, value) for members, value in equal if np.isfinite(value)]
    left = np.zeros((len(equal), len(place)))
    for row, (members, _) in enumerate(equal):
        left[row, members] = 1
    right = np.array([value for _, value in equal])
    goal = np.zeros(len(place))
    goal[place[level, stratum]] = 1
    ends = []
    for sign in (1, -1):
        found = milp(
            sign * goal,
            constraints=LinearConstraint(left, right, right),
            integrality=np.ones(len(place)),
            bounds=Bounds(0, 10_000),
        )
        ends.append(goal @ found.x)
    return tuple(np.round(ends))


def attack(protected: Estimates, truth: Estimates) -> dict:
    """For each cell that was 1 to 4: the values a reader must think possible."""
    rows = protected.tidy()
    cells = seen_cells(rows)
    columns_n = rows.groupby("stratum")["n"].max().reindex(cells.columns)
    true = seen_cells(truth.tidy())
    small = [(lv, s) for lv in true.index for s in true if s != "total" and 0 < true.loc[lv, s] < 5]
    return {cell: solve(cells, columns_n, *cell) for cell in small}


def random_table(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    means = np.outer(rng.uniform(2, 30, size=5), [1.0, 1.2, 0.8, 0.12])
    return pd.DataFrame(rng.poisson(means), index=list("abcde"), columns=LEVELS)


@pytest.mark.parametrize("seed", range(8))
def test_no_small_cell_of_a_table_can_be_solved_from_counts_shares_and_margins(table_one, seed):
    truth = table_one(random_table(seed))
    ends = attack(protect(truth), truth)
    assert ends, "the table holds no small cell: it tests nothing"
    for cell, (low, high) in ends.items():
        assert high > low, f"{cell} is known to be {low}"
        assert high >= 5, f"{cell} is known to be small"


def test_the_attacker_is_strong_enough_to_break_a_table_without_second_cells(table_one):
    truth = table_one(random_table(0))
    rows = truth.tidy()
    small = rows["events"].between(1, 4)
    rows.loc[small, [*NUMBERS, "events"]] = np.nan
    solved = [low == high for low, high in attack(Estimates(rows), truth).values()]
    assert any(solved)


def test_a_single_small_cell_takes_one_more_of_its_row_and_of_its_column(table_one):
    counts = pd.DataFrame([[30, 40, 3], [50, 60, 70], [20, 90, 80]], index=list("abc"), columns=LEVELS[:3])
    rows = protect(table_one(counts)).tidy()
    hidden = seen_cells(rows).isna()
    assert hidden.to_numpy().sum() == 4
    assert hidden.loc["a"].sum() == 2
    assert hidden["long"].sum() == 2


def test_a_share_its_count_and_its_interval_go_together(table_one):
    counts = pd.DataFrame([[30, 40, 3], [50, 60, 70], [20, 90, 80]], index=list("abc"), columns=LEVELS[:3])
    safe = protect(table_one(counts))
    rows = safe.tidy()
    cell = rows[(rows["level"] == "a") & (rows["stratum"] == "long")]
    assert set(cell["measure"]) == {"count", "share"}
    assert cell[[*NUMBERS, "n", "events"]].isna().all(axis=None)
    assert (safe.details()["hidden"][cell.index] == "primary").all()
    assert "secondary" in set(safe.details()["hidden"])


def test_nought_and_everybody_are_shown_and_counted(table_one):
    counts = pd.DataFrame([[30, 40], [0, 60]], index=list("ab"), columns=LEVELS[:2])
    safe = protect(table_one(counts))
    assert not anything_hidden(safe)
    share = safe.select(measure="share", stratum="short").tidy()["estimate"]
    assert list(share) == [1.0, 0.0]
    assert safe.diagnostics["groups_all_or_none"] == 4  # count and share of both


def test_in_a_group_of_three_the_noughts_go_too(table_one):
    counts = pd.DataFrame([[30, 40, 3], [50, 60, 0]], index=list("ab"), columns=["short", "medium", "unknown"])
    rows = protect(table_one(counts)).select(stratum="unknown").tidy()
    assert rows[["estimate", "n", "events"]].isna().all(axis=None)


def test_noughts_go_also_where_the_size_of_the_group_stands_in_another_line():
    cells = {"persons": [(None, "unknown", 3), (None, "short", 80)], "sex": [("female", "unknown", 0)]}
    rows = [
        {"outcome": outcome, "measure": "count", "level": level, "stratum": stratum, "estimate": count}
        for outcome, found in cells.items()
        for level, stratum, count in found
    ]
    assert protect(Estimates(rows)).tidy()["estimate"].isna().tolist() == [True, False, True]


def test_few_missing_values_are_not_the_difference_of_two_numbers():
    known = {"short": 97, "medium": 150, "long": 300, "total": 547}
    missing = {"short": 3, "medium": 40, "long": 20, "total": 63}
    rows = []
    for s in known:
        base = {"outcome": "income", "model": "crude", "stratum": s}
        rows.append(base | {"measure": "median", "estimate": 200.0, "n": known[s]})
        count = {"measure": "count", "level": "missing", "estimate": missing[s], "events": missing[s]}
        rows.append(base | count | {"n": known[s] + missing[s]})
    # the columns' sizes stand in another line, which no small count hides
    sizes = [{"outcome": "persons", "measure": "count", "stratum": s, "estimate": known[s] + missing[s]} for s in known]
    out = protect(Estimates(rows + sizes)).tidy().set_index("stratum")
    whole = out.loc[out["outcome"] == "persons", "estimate"]
    left = out.loc[out["level"] == "missing", "estimate"]
    left = left.fillna(whole - out.loc[out["measure"] == "median", "n"])  # all - known = missing, in each column
    assert np.isnan(left["short"])
    assert left[["medium", "long", "total"]].isna().any()
    assert out.loc[out["measure"] == "median", "estimate"].eq(200).all()


def test_quantiles_and_means_of_a_few_go():
    rows = [
        {"outcome": "age", "measure": m, "stratum": s, "estimate": 60.0, "n": n}
        for m in ("mean", "standard_deviation", "median", "lower_quartile")
        for s, n in (("short", 4), ("long", 80))
    ]
    out = protect(Estimates(rows)).tidy()
    assert out.loc[out["stratum"] == "short", ["estimate", "n"]].isna().all(axis=None)
    assert out.loc[out["stratum"] == "long", "estimate"].eq(60).all()


def test_a_hidden_mean_cannot_be_had_from_the_mean_of_all():
    n = {"short": 4, "medium": 80, "long": 120, "total": 204}
    mean = {"short": 50.0, "medium": 60.0, "long": 70.0}
    mean["total"] = sum(n[s] * mean[s] for s in mean) / n["total"]
    rows = [{"outcome": "age", "measure": "mean", "stratum": s, "estimate": mean[s], "n": n[s]} for s in n]
    out = protect(Estimates(rows)).tidy().set_index("stratum")["estimate"]
    assert out[["short", "medium", "long"]].isna().sum() >= 2 or np.isnan(out["total"])


def test_events_of_a_few_go_with_everything_that_tells_them(gradient):
    counts = {"short": (3322, 410), "medium": (400, 3), "long": (3890, 773)}
    safe = protect(gradient(("risk", "risk_difference", "risk_ratio", "odds_ratio", "hazard_ratio"), counts=counts))
    rows = safe.tidy()
    medium = rows[rows["level"] == "medium"]
    assert medium[[*NUMBERS, "events"]].isna().all(axis=None)
    assert medium["n"].eq(400).all()
    # risk x n: nothing left to multiply; the other levels are untouched
    assert rows.loc[rows["level"] == "long", "estimate"].notna().all()


def test_a_small_rest_hides_the_events_not_the_persons(gradient):
    counts = {"short": (3322, 410), "medium": (100, 97), "long": (3890, 773)}
    rows = protect(gradient(("risk", "odds_ratio"), counts=counts)).select(level="medium").tidy()
    assert rows["events"].isna().all()
    assert rows["n"].eq(100).all()
    assert rows["estimate"].isna().all()


def test_a_small_reference_goes_also_where_only_the_details_count_it(gradient):
    counts = {"short": (3000, 3), "medium": (4000, 600), "long": (3000, 700)}
    safe = protect(gradient(("hazard_ratio",), counts=counts))
    assert safe.details()["events_reference"].isna().all()
    assert safe.tidy()["estimate"].isna().all()
    shown = protect(gradient(("hazard_ratio",)))
    assert shown.details()["events_reference"].notna().all()
    assert set(shown.tidy()["measure"]) == {"hazard_ratio"}
    assert len(shown.details()) == len(shown)


def test_contrasts_with_a_small_reference_go(gradient):
    counts = {"short": (300, 2), "medium": (4105, 640), "long": (3890, 773)}
    rows = protect(gradient(("risk", "risk_difference", "odds_ratio"), counts=counts)).tidy()
    contrasts = rows["reference"].notna()
    # risk of medium minus the difference would be the risk of short
    assert rows.loc[contrasts, NUMBERS].isna().all(axis=None)
    assert rows.loc[(rows["measure"] == "risk") & (rows["level"] == "medium"), "estimate"].notna().all()


def test_no_two_models_differ_by_a_few_persons(gradient):
    safe = protect(gradient(("hazard_ratio",), dropped={("age_sex_year", "long"): 3, ("age_sex_year", "medium"): 40}))
    n = safe.tidy().pivot(index="level", columns="model", values="n")
    assert np.isnan(n.loc["long", "age_sex_year"])
    assert n.loc["long", "crude"] == 3890
    assert n.loc["medium", "crude"] - n.loc["medium", "age_sex_year"] == 40
    # an adjusted ratio does not tell n: it stays
    assert safe.tidy()["estimate"].notna().all()


def test_diagnostics_hide_few_dropped_rows_and_few_more():
    rows = [
        {"outcome": "referred", "model": "full", "measure": "odds_ratio", "level": "long", "estimate": 1.2, "n": 90}
    ]
    diagnostics = {"rows_dropped.crude": 100, "rows_dropped.full": 103, "rows_dropped.other": 2, "aic.full": 3.0}
    out = protect(Estimates(rows, diagnostics=diagnostics)).diagnostics
    assert (out["rows_dropped.crude"], out["rows_dropped.full"], out["rows_dropped.other"]) == (100, None, None)
    assert out["aic.full"] == 3.0


def test_all_rows_used_do_not_give_a_hidden_level_away(gradient):
    made = gradient(("risk",), counts={"short": (300, 40), "unknown": (3, 0)})
    truth = Estimates(made.tidy(), diagnostics={"rows_used.crude": 303})
    assert protect(truth).diagnostics["rows_used.crude"] is None


def test_women_and_men_do_not_give_each_other_away(gradient):
    sizes = ((503, 60), (500, 58), (3, 2))
    parts = [gradient(("risk",), counts={"short": size, "long": (900, 90)}) for size in sizes]
    frames = [p.tidy().assign(stratum=s) for p, s in zip(parts, (None, "female", "male"), strict=True)]
    rows = protect(Estimates(pd.concat(frames), context=parts[0].context)).select(level="short", model="crude").tidy()
    n = rows.set_index(rows["stratum"].fillna("total"))["n"]
    assert np.isnan(n["male"])
    assert n[["total", "female"]].isna().any()


@pytest.mark.parametrize("small", [{"relatives": 3}, {"young": 2}, {"gone": 4}, {"unobserved": 1}, {"noted": 2}])
def test_no_small_step_of_the_flow_is_the_difference_of_its_neighbours(flow, small):
    safe = protect(flow(**small))
    count = safe.tidy().set_index("level")["estimate"]
    blocks = [
        ("persons_in_extract", ["relatives", "no_cancer_diagnosis", "below_age_min"], "included"),
        ("included", ["gone_before_registration"], "hazard_set"),
        ("included", ["diagnosed_before_registration", "horizon_not_observed"], "risk_set"),
    ]
    for start, left, end in blocks:
        unknown = count[[start, *left, end]].isna().sum()
        assert unknown != 1, f"{left} can be had by subtraction"
        if unknown == 2 and count[[start, end]].notna().all():
            assert count[start] - count[end] - count[left].sum() >= 5
    truth = flow(**small).tidy().set_index("level")["estimate"]
    assert count[truth.between(1, 4)].isna().all()
    assert anything_hidden(safe)


def flow_with(*steps):
    """Steps as (level, count, kind, branch)."""
    row = {"outcome": "flow", "model": "crude", "measure": "count"}
    rows = [row | {"level": level, "estimate": count, "n": count} for level, count, _, _ in steps]
    return Estimates(rows, details=pd.DataFrame([{"kind": kind, "branch": branch} for *_, kind, branch in steps]))


def test_a_step_that_stands_in_two_branches_is_hidden_where_it_is_small():
    made = flow_with(
        ("included", 1000, "kept", "all"),
        ("referred_before_registration", 3, "excluded", "hazard"),
        ("gone_before_registration", 60, "excluded", "hazard"),
        ("hazard_set", 937, "kept", "hazard"),
        ("diagnosed_before_registration", 300, "excluded", "risk"),
        ("referred_before_registration", 0, "excluded", "risk"),
        ("risk_set", 700, "kept", "risk"),
    )
    assert np.isnan(protect(made).tidy()["estimate"].iloc[1])
    assert protect(made).tidy()["estimate"].iloc[[0, 4, 5, 6]].tolist() == [1000, 300, 0, 700]


def test_a_step_in_two_branches_does_not_tell_of_the_few_who_are_in_one_alone():
    def made(second):
        return flow_with(
            ("risk_set", 900, "kept", "all"),
            ("session_set", 900, "kept", "sessions"),
            ("persons_started", 200, "kept", "sessions"),
            ("followup_not_observed", 100, "excluded", "change"),
            ("change_set", 800, "kept", "change"),
            ("persons_started", second, "kept", "change"),
        )

    few = protect(made(197)).tidy()["estimate"]
    assert few[[2, 5]].isna().any()
    assert not anything_hidden(protect(made(195)))
    assert not anything_hidden(protect(made(200)))


def test_a_flow_without_small_steps_is_left_alone(flow):
    pd.testing.assert_frame_equal(protect(flow()).tidy(), flow().tidy())


def test_dst_hides_one_and_two_and_shows_three(table_one):
    counts = pd.DataFrame([[30, 40, 3], [50, 60, 70]], index=list("ab"), columns=LEVELS[:3])
    assert not anything_hidden(protect(table_one(counts), preset="dst"))
    counts.loc["a", "long"] = 2
    assert anything_hidden(protect(table_one(counts), preset="dst"))


@pytest.mark.parametrize("count", [7, 8])
def test_opensafely_hides_to_seven_and_rounds_the_rest(table_one, count):
    counts = pd.DataFrame([[33, 41, count], [52, 63, 74]], index=list("ab"), columns=LEVELS[:3])
    rows = protect(table_one(counts), preset="opensafely").tidy()
    cell = rows[(rows["level"] == "a") & (rows["stratum"] == "long") & (rows["measure"] == "count")].iloc[0]
    assert np.isnan(cell["estimate"]) if count == 7 else cell["estimate"] == 10
    counted = rows[["n", "events"]].to_numpy().ravel()
    assert (counted[np.isfinite(counted)] % 5 == 0).all()
    shares = rows[(rows["measure"] == "share") & rows["estimate"].notna()]
    np.testing.assert_allclose(shares["estimate"], shares["events"] / shares["n"])


def test_opensafely_leaves_no_unadjusted_error_that_tells_the_count(gradient):
    rows = protect(gradient(("risk", "odds_ratio")), preset="opensafely").select(model="crude").tidy()
    assert rows["std_error"].isna().all()
    risks = rows[rows["measure"] == "risk"]
    np.testing.assert_allclose(risks["estimate"], risks["events"] / risks["n"])


def test_protecting_twice_changes_nothing_and_the_input_stays(table_one):
    truth = table_one(random_table(1))
    before = truth.tidy()
    once = protect(truth)
    assert is_protected(once)
    assert not is_protected(truth)
    assert protect(once) is once
    pd.testing.assert_frame_equal(truth.tidy(), before)
    # a part of a protected set is protected; a stricter rule is applied anew
    assert is_protected(once.select(stratum="short"))
    assert not is_protected(once, minimum=8)


def test_rounding_is_done_also_after_a_stricter_minimum(table_one):
    strict = protect(table_one(random_table(1)), minimum=10)
    rounded = protect(strict, preset="opensafely")
    counts = rounded.select(measure="count").tidy()["estimate"].dropna()
    assert (counts % 5 == 0).all()
    assert rounded.diagnostics["smallest_count_shown"] == 10
    assert protect(rounded, preset="opensafely") is rounded
    # what is rounded stays so under another rule, and a rule that does not round is content
    assert protect(rounded, minimum=20).context["preset"] == "opensafely"
    assert protect(strict, preset="dst") is strict


@pytest.mark.parametrize(("n", "events"), [(100, 97), (100, 3), (3, 0)])
def test_the_events_of_a_hidden_risk_go_with_it(gradient, n, events):
    # few without the event, few with it, a few of whom nobody has it: nought of a hidden risk would tell about each
    made = gradient(("risk",), counts={"short": (300, 40), "long": (n, events)})
    rows = protect(made).select(level="long").tidy()
    assert rows[["estimate", "events"]].isna().all(axis=None)


def test_the_presets_are_those_documented():
    assert PRESETS == {"dst": 3, "opensafely": 8}


@pytest.mark.parametrize(("options", "words"), [({"preset": "gdpr"}, "preset"), ({"minimum": 0}, "minimum")])
def test_unknown_rules_are_refused(flow, options, words):
    with pytest.raises(ValueError, match=words):
        protect(flow(), **options)
