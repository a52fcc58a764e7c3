"""cumulative_incidence: by hand, against survfit and cuminc, known truth, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.survival.incidence import cumulative_incidence
from rehab_stats.vocabulary import TIDY_COLUMNS

TIMES = {"duration": "days", "event": "event"}
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]
GRID = np.array([0, 14, 50, 84, 91, 180, 300, 420], dtype=float)


def _data(days, event, **more) -> pd.DataFrame:
    return pd.DataFrame({"days": days, "event": event} | more)


def _risks(estimates, outcome="event") -> pd.DataFrame:
    return estimates.select(measure="risk", outcome=outcome).tidy()


# ---- by hand


def test_five_persons_on_paper():
    # day 1: 5 at risk, one referred; day 2: one dies among 4 (and one is censored); day 3: one referred among 2
    data = _data([1, 2, 2, 3, 4], [1, 2, 0, 1, 0])
    got = cumulative_incidence(data, **TIMES)
    first, second, third = 1 / 5, 4 / 5 / 4, 3 / 5 / 2
    assert _risks(got)["estimate"].tolist() == pytest.approx([first, first, first + third])
    assert _risks(got, "competing")["estimate"].tolist() == pytest.approx([0, second, second])
    assert got.select(measure="at_risk").tidy()["estimate"].tolist() == [5, 4, 2]
    assert _risks(got)["events"].tolist() == [1, 1, 2]
    assert _risks(got, "competing")["events"].tolist() == [0, 1, 1]
    assert (got.tidy()["n"] == 5).all()
    # nobody censored by day 1: a share of 5
    assert _risks(got)["std_error"].iloc[0] == pytest.approx(np.sqrt(1 / 5 * 4 / 5 / 5))


def test_without_censoring_it_is_the_share_and_its_binomial_error():
    data = _data([1, 2, 2, 3, 4, 4, 5, 5], [1, 2, 1, 1, 2, 1, 2, 2])
    row = _risks(cumulative_incidence(data, **TIMES, at=4)).iloc[0]
    assert row["estimate"] == pytest.approx(4 / 8)
    assert row["std_error"] == pytest.approx(np.sqrt(0.5 * 0.5 / 8))
    spread = 1.959963984540054 * row["std_error"] / (0.5 * np.log(0.5))
    wanted = sorted(np.exp(np.log(0.5) * np.exp([spread, -spread])))
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx(wanted)


def test_the_error_is_what_leaving_each_person_a_little_out_gives(persons):
    """The jackknife by definition: weights moved one by one, 12 persons, entries, ties and weights."""
    data = persons.iloc[40:52].assign(weight=lambda d: d["weight"].round(1)).reset_index(drop=True)
    calls = TIMES | {"entry": "entry_days", "weights": "weight", "at": [84, 140]}
    wanted = np.zeros(2)
    for row in data.index:
        high, low = (
            _risks(cumulative_incidence(data.assign(weight=data["weight"] + (data.index == row) * step), **calls))
            for step in (1e-5, -1e-5)
        )
        wanted += ((high["estimate"] - low["estimate"]) / 2e-5 * data["weight"][row]).to_numpy() ** 2
    assert (wanted > 0).all()
    assert _risks(cumulative_incidence(data, **calls))["std_error"].tolist() == pytest.approx(np.sqrt(wanted), rel=1e-6)


def test_entry_at_the_moment_of_an_event_is_too_late_for_it():
    data = _data([1, 2, 3, 4], [1, 0, 1, 0], entry=[0, 0, 0, 1])
    assert _risks(cumulative_incidence(data, **TIMES, entry="entry"))["estimate"].tolist() == pytest.approx(
        [1 / 3, 1 / 3 + 2 / 3 / 2]
    )


# ---- against R


def test_against_survfit(persons, read_reference):
    """survfit(Surv(entry, time, state) ~ 1, id, weights, conf.type = "log-log"): tests/reference/incidence.R."""
    row = np.arange(1, len(persons) + 1)
    data = persons.assign(years=(persons["days"] - row * 7919 % 6001 / 1000) / 365.25)
    reference = read_reference("incidence")
    assert len(reference.index.unique()) == 18
    for case, expected in reference.groupby(level=0):
        time, group, entry, weights = case.split(":")
        got = cumulative_incidence(
            data,
            duration=time,
            event="event",
            group=None if group == "all" else group,
            at=GRID if time == "days" else GRID / 365.25,
            entry="entry_days" if entry == "entry" else None,
            weights="weight" if weights == "weighted" else None,
        ).tidy()
        got["level"] = got["level"].fillna("all")
        _same_where_known(got, expected, case)


def _same_where_known(got: pd.DataFrame, expected: pd.DataFrame, case: str) -> None:
    keys = ["level", "outcome", "at"]
    got, expected = (rows.assign(at=rows["at"].round(9)) for rows in (got, expected))
    risks = got[got["measure"] == "risk"].set_index(keys)[NUMBERS]
    wanted = expected.set_index(keys)[NUMBERS]
    # R starts at 0 persons' time 0 also when entry is later, and has limits of 0 to 0 for a risk of 0
    assert not set(wanted.index) - set(risks.index), case
    told = risks.loc[wanted.index]
    known = told["estimate"].notna()
    assert (told.index[~known].get_level_values("at") == 0).all(), case
    np.testing.assert_allclose(told.loc[known, "estimate"], wanted.loc[known, "estimate"], rtol=1e-6, err_msg=case)
    inside = known & (wanted["estimate"] > 0)
    np.testing.assert_allclose(told[inside], wanted[inside], rtol=1e-6, err_msg=case)
    assert told.loc[known & ~inside, ["conf_low", "conf_high"]].isna().all(axis=None)
    at_risk = got[got["measure"] == "at_risk"].set_index(["level", "at"])["estimate"]
    counted = expected.drop_duplicates(["level", "at"]).set_index(["level", "at"])["at_risk"]
    assert at_risk.loc[counted.index].tolist() == counted.tolist()


def test_every_event_time_against_survfit(persons, read_reference):
    got = cumulative_incidence(persons, **TIMES, entry="entry_days", weights="weight")
    reference = read_reference("incidence_every_time", "outcome")
    for outcome in ("event", "competing"):
        rows, wanted = _risks(got, outcome), reference.loc[outcome]
        assert rows["at"].tolist() == wanted["at"].tolist()
        np.testing.assert_allclose(rows[["estimate", "std_error"]], wanted[["estimate", "std_error"]], rtol=1e-6)
        np.testing.assert_allclose(rows[NUMBERS], wanted[NUMBERS], rtol=1e-6)


def test_estimates_against_cuminc(persons, read_reference):
    got = (
        cumulative_incidence(persons, **TIMES, group="education", at=GRID[1:])
        .tidy()
        .set_index(["level", "outcome", "at"])
    )
    wanted = read_reference("incidence_cuminc", ["level", "outcome", "at"])["estimate"]
    assert len(wanted) == 56
    np.testing.assert_allclose(got.loc[wanted.index, "estimate"], wanted, rtol=1e-10)


# ---- known truth


def test_recovers_the_truth_and_covers_it():
    """60 samples of 400, exponential times: hazards 1 and 0.5, censoring, delayed entry; truth in closed form."""
    rng, found = np.random.default_rng(3), []
    truth = 1 / 1.5 * (1 - np.exp(-1.5 * 0.8))
    while len(found) < 60:
        t, cause = rng.exponential(1 / 1.5, 800), 1 + (rng.random(800) > 2 / 3)
        end, entry = rng.uniform(0.3, 2, 800), np.where(rng.random(800) < 0.7, 0, rng.uniform(0, 0.6, 800))
        data = _data(np.minimum(t, end), np.where(t <= end, cause, 0), entry=entry)
        seen = data[data["entry"] < data["days"]].head(400)  # who ended before entry is never seen
        found.append(_risks(cumulative_incidence(seen, **TIMES, entry="entry", at=0.8)))
    rows = pd.concat(found)
    assert abs(rows["estimate"].mean() - truth) < 3 * rows["estimate"].std() / np.sqrt(60)
    assert rows["std_error"].mean() == pytest.approx(rows["estimate"].std(), rel=0.3)
    assert 0.87 <= ((rows["conf_low"] < truth) & (truth < rows["conf_high"])).mean() <= 1


def test_without_competing_events_it_is_one_minus_kaplan_meier(persons):
    data = persons.assign(event=(persons["event"] == 1).astype(int))
    got = cumulative_incidence(data, **TIMES)
    free = 1.0
    for time, risk in _risks(got)[["at", "estimate"]].to_numpy():
        free *= 1 - ((data["days"] == time) & (data["event"] == 1)).sum() / (data["days"] >= time).sum()
        assert risk == pytest.approx(1 - free, rel=1e-12)
    assert (_risks(got, "competing")["estimate"] == 0).all()


def test_both_shares_and_those_with_neither_add_up_to_one(persons):
    calls = {"entry": "entry_days", "weights": "weight"}
    got = cumulative_incidence(persons, **TIMES, **calls)
    either = cumulative_incidence(persons.assign(event=persons["event"].clip(upper=1)), **TIMES, **calls)
    both = _risks(got)["estimate"] + _risks(got, "competing")["estimate"].to_numpy()
    np.testing.assert_allclose(both, _risks(either)["estimate"], rtol=1e-12)
    assert both.iloc[-1] < 1


# ---- what the data do not tell


def test_nothing_is_carried_past_the_last_person_under_observation():
    data = _data([1, 2, 3], [1, 2, 0])
    got = cumulative_incidence(data, **TIMES, at=[3, 4])
    assert _risks(got)["estimate"].tolist() == pytest.approx([1 / 3, np.nan], nan_ok=True)
    assert _risks(got)["std_error"].isna().tolist() == [False, True]
    assert got.select(measure="at_risk").tidy()["estimate"].tolist() == [1, 0]
    assert got.diagnostics["observed_until"] == 3


def test_a_curve_in_which_everybody_had_an_event_is_complete():
    got = cumulative_incidence(_data([1, 2, 3], [1, 2, 1]), **TIMES, at=[3, 99])
    assert _risks(got)["estimate"].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert got.diagnostics["observed_until"] == np.inf


@pytest.mark.parametrize(
    ("days", "event", "entry"),
    [
        ([2, 3, 8, 9], [1, 0, 1, 0], [0, 0, 5, 5]),  # nobody between 3 and 5
        ([2, 3, 8, 9], [1, 1, 1, 0], [0, 0, 3, 3]),  # nobody got past 3 without an event; others enter right then
    ],
)
def test_a_break_in_observation_ends_the_curve_even_if_others_enter_later(days, event, entry):
    got = cumulative_incidence(_data(days, event, entry=entry), **TIMES, entry="entry", at=[2, 3, 4, 8])
    assert _risks(got)["estimate"].isna().tolist() == [False, False, True, True]
    assert got.diagnostics["observed_until"] == 3


def test_observation_handed_over_without_a_break_goes_on():
    data = _data([2, 3, 8, 9], [1, 0, 1, 0], entry=[0, 0, 3, 3])
    got = cumulative_incidence(data, **TIMES, entry="entry", at=[8, 9])
    assert _risks(got)["estimate"].tolist() == pytest.approx([1 / 2 + 1 / 2 * 1 / 2] * 2)


def test_nothing_is_known_up_to_the_earliest_entry():
    data = _data([4, 5, 8, 9], [1, 0, 1, 0], entry=[2, 2, 3, 3])
    got = cumulative_incidence(data, **TIMES, entry="entry", at=[0, 2, 3])
    assert _risks(got)["estimate"].tolist() == pytest.approx([np.nan, np.nan, 0], nan_ok=True)
    assert got.diagnostics["observed_from"] == 2


# ---- shape


def test_rows_per_level_and_time(persons):
    got = cumulative_incidence(persons, **TIMES, group="education", at=[90, 30])
    tidy = got.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    assert tidy["level"].tolist() == [x for x in ["basic", "vocational", "higher", "unknown"] for _ in range(6)]
    assert tidy["at"].tolist()[:6] == [90, 90, 90, 30, 30, 30]
    assert tidy["outcome"].tolist()[:3] == ["event", "competing", None]
    assert tidy["measure"].tolist()[:3] == ["risk", "risk", "at_risk"]
    assert got.context == {"outcome": "event", "exposure": "education"}
    basic = persons[persons["education"] == "basic"]
    assert tidy.loc[0, "n"] == len(basic)
    assert tidy.loc[0, "events"] == ((basic["event"] == 1) & (basic["days"] <= 90)).sum()
    assert tidy.loc[1, "events"] == ((basic["event"] == 2) & (basic["days"] <= 90)).sum()
    assert tidy["p_value"].isna().all()


def test_groups_need_no_order(persons):
    got = cumulative_incidence(persons, **TIMES, group="department", at=90)
    assert got.tidy()["level"].unique().tolist() == ["north", "south", "west"]
    years = cumulative_incidence(persons, **TIMES, group="year", at=90)
    assert years.tidy()["level"].unique().tolist() == ["2007", "2008", "2009", "2010"]


def test_rows_without_a_value_are_dropped_and_counted(persons):
    data = persons.astype({"days": float, "weight": float})
    data.loc[[3, 4], "days"], data.loc[[4, 9], "education"], data.loc[5, "weight"] = np.nan, None, 0
    calls = {"group": "education", "weights": "weight", "at": GRID[1:5]}
    got = cumulative_incidence(data, **TIMES, **calls)
    assert (got.diagnostics["rows_used"], got.diagnostics["rows_dropped"]) == (781, 4)
    same = cumulative_incidence(persons.drop([3, 4, 5, 9]), **TIMES, **calls)
    pd.testing.assert_frame_equal(got.tidy(), same.tidy())


def test_input_is_not_changed(persons):
    before = persons.copy(deep=True)
    cumulative_incidence(persons, **TIMES, group="sex", entry="entry_days", weights="weight")
    pd.testing.assert_frame_equal(persons, before)


# ---- invariance


def _curves(data, **options):
    calls = TIMES | {"group": "education", "entry": "entry_days", "weights": "weight"} | options
    return cumulative_incidence(data, **calls).tidy()


def test_order_of_rows_and_of_ties_changes_nothing(persons):
    pd.testing.assert_frame_equal(_curves(persons.sample(frac=1, random_state=1)), _curves(persons), rtol=1e-9)
    backwards = persons.sort_values(["days", "event"], ascending=[True, False])
    pd.testing.assert_frame_equal(_curves(backwards), _curves(persons), rtol=1e-9)


def test_units_and_scale_of_weights_change_nothing(persons):
    other = persons.assign(
        days=persons["days"] / 7, entry_days=persons["entry_days"] / 7, weight=persons["weight"] * 10
    )
    got = _curves(other).assign(at=lambda d: d["at"] * 7)
    pd.testing.assert_frame_equal(got, _curves(persons), rtol=1e-9)


def test_names_of_levels_change_nothing_but_themselves(persons):
    names = {"basic": "Æ1", "vocational": "b 2", "higher": "[3]", "unknown": "x:y"}
    renamed = persons.assign(education=persons["education"].cat.rename_categories(names))
    expected = _curves(persons)
    expected["level"] = expected["level"].replace(names)
    pd.testing.assert_frame_equal(_curves(renamed), expected)


def test_a_weight_of_one_is_no_weight(persons):
    got = _curves(persons.assign(weight=1.0))
    pd.testing.assert_frame_equal(got, _curves(persons, weights=None), rtol=1e-12)


def test_every_row_twice_gives_the_same_risk_and_an_error_smaller_by_the_root_of_two(persons):
    once, twice = _curves(persons), _curves(pd.concat([persons, persons]))
    risk = once["measure"] == "risk"
    np.testing.assert_allclose(twice.loc[risk, "estimate"], once.loc[risk, "estimate"], rtol=1e-9)
    np.testing.assert_allclose(twice.loc[risk, "std_error"], once.loc[risk, "std_error"] / np.sqrt(2), rtol=1e-9)
    assert twice["n"].tolist() == (2 * once["n"]).tolist()


def test_a_group_alone_has_the_curve_it_has_among_others(persons):
    alone = _curves(persons[persons["education"] == "higher"], group=None).drop(columns="level")
    among = _curves(persons)
    among = among[among["level"] == "higher"].drop(columns="level").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among)


# ---- refusal


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d.head(0), {}, "data has no rows"),
        (lambda d: d, {"group": "eduction"}, "no column 'eduction'; did you mean 'education'"),
        (lambda d: d, {"group": "age"}, r"age has \d+ values: cut it into at most 30 groups"),
        (lambda d: d, {"group": "event"}, "'event' cannot be both group and"),
        (lambda d: d.assign(event=d["event"] + 1), {}, r"event must be 0, 1 or 2: \d+ rows are not"),
        (lambda d: d.assign(days=d["days"].where(d.index != 7, -3)), {}, r"days must be finite .* \(rows 7\)"),
        (lambda d: d, {"entry": "days"}, "days must lie below days"),
        (lambda d: d.assign(weight=-d["weight"]), {"weights": "weight"}, r"weight \(weights\) must be finite and not"),
        (lambda d: d.assign(weight=0), {"weights": "weight"}, "no row has a value in each of days, event, weight"),
        (lambda d: d.assign(event=0), {}, "no row used has event = 1 or 2"),
        (lambda d: d, {"at": []}, "at is empty"),
        (lambda d: d, {"at": [1, -1]}, "finite times that are not below zero"),
        (lambda d: d, {"at": [1, np.nan]}, "finite times that are not below zero"),
        (lambda d: d, {"at": [1, 2, 1.0]}, "at names a time twice"),
    ],
)
def test_refusals(persons, change, options, message):
    with pytest.raises(ValueError, match=message):
        cumulative_incidence(change(persons), **(TIMES | options))


def test_a_level_in_which_nobody_has_any_event_stays_at_nought():
    data = pd.DataFrame({"days": [3.0, 5.0, 4.0, 9.0], "kind": [1, 2, 0, 0], "group": ["a", "a", "b", "b"]})
    rows = cumulative_incidence(data, duration="days", event="kind", group="group", at=[4.0, 8.0]).tidy()
    quiet = rows[(rows["level"] == "b") & (rows["measure"] == "risk")]
    assert quiet["estimate"].tolist() == [0.0] * 4
    assert quiet["std_error"].tolist() == [0.0] * 4
    assert quiet["conf_low"].isna().all()
