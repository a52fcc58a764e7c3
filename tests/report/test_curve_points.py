"""Attackers of curves over time: what happened between two points shown is never a few persons."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from rehab_stats.report.disclosure import protect
from rehab_stats.vocabulary import Estimates

TIMES = (50.0, 100.0, 150.0, 200.0, 300.0)
SHAPE = {"short": (60, 0.0012), "medium": (45, 0.0010), "long": (40, 0.0016)}


def persons(seed: int) -> pd.DataFrame:
    """Times and events of a few persons, so that most steps of a curve are small."""
    rng = np.random.default_rng(seed)
    parts = []
    for level, (n, rate) in SHAPE.items():
        to_event, to_death, to_end = (rng.exponential(1 / r, n) for r in (rate, rate / 3, rate / 6))
        first = np.minimum(np.minimum(to_event, to_death), to_end)
        event = np.select([first == to_event, first == to_death], [1, 2], 0)
        parts.append(pd.DataFrame({"level": level, "time": first, "event": event}))
    return pd.concat(parts)


def curve(frame: pd.DataFrame, level: str | None, model: str = "crude") -> list[dict]:
    mine = frame if level is None else frame[frame["level"] == level]
    rows = []
    for at in TIMES:
        base = {"model": model, "level": level, "at": at, "n": len(mine)}
        for code, outcome in ((1, "event"), (2, "competing")):
            events = int(((mine["event"] == code) & (mine["time"] <= at)).sum())
            risk = {"measure": "risk", "outcome": outcome, "events": events, "estimate": events / len(mine)}
            rows.append(base | risk | {"std_error": 0.01, "conf_low": 0.1, "conf_high": 0.2})
        rows.append(base | {"measure": "at_risk", "estimate": int((mine["time"] >= at).sum())})
    return rows


def made(seed: int, *, total: bool) -> Estimates:
    frame = persons(seed)
    levels = [*SHAPE, *([None] if total else [])]
    return Estimates([row for level in levels for row in curve(frame, level)], context={"exposure": "education"})


def seen(estimates: Estimates, outcome: str) -> pd.DataFrame:
    """Events (or persons under observation) as a reader gets them: levels x times; the total is called `all`."""
    rows = estimates.tidy()
    rows = rows[rows["measure"] == "at_risk"] if outcome == "at_risk" else rows[rows["outcome"] == outcome]
    counts = rows["estimate"] if outcome == "at_risk" else rows["events"].fillna(rows["estimate"] * rows["n"]).round()
    return rows.assign(level=rows["level"].fillna("all"), count=counts).pivot(
        index="level", columns="at", values="count"
    )


def possible(shown: pd.DataFrame, level: str, start: float | None, end: float) -> tuple[float, float]:
    """Smallest and largest number with the event between two times (None: from the beginning), given what is shown."""
    levels = list(SHAPE)
    place = {(lv, at): i for i, (lv, at) in enumerate(itertools.product(levels, TIMES))}
    equal, sums = [], []
    for (lv, at), i in place.items():
        if np.isfinite(shown.loc[lv, at]):
            equal.append(({i: 1.0}, shown.loc[lv, at]))
        if at != TIMES[0]:
            before = TIMES[TIMES.index(at) - 1]
            sums.append({place[lv, before]: 1.0, i: -1.0})  # never falls
    for at in TIMES:
        if "all" in shown.index and np.isfinite(shown.loc["all", at]):
            equal.append(({place[lv, at]: 1.0 for lv in levels}, shown.loc["all", at]))
    limits = [LinearConstraint(matrix([r for r, _ in equal], len(place)), *[np.array([v for _, v in equal])] * 2)]
    limits.append(LinearConstraint(matrix(sums, len(place)), -np.inf, 0))
    goal = np.zeros(len(place))
    goal[place[level, end]] = 1
    if start is not None:
        goal[place[level, start]] -= 1
    largest = [SHAPE[lv][0] for lv, _ in place]
    found = [
        milp(sign * goal, constraints=limits, integrality=np.ones(len(place)), bounds=Bounds(0, largest))
        for sign in (1, -1)
    ]
    return tuple(round(float(goal @ one.x)) for one in found)


def matrix(rows: list[dict], columns: int) -> np.ndarray:
    out = np.zeros((len(rows), columns))
    for number, row in enumerate(rows):
        out[number, list(row)] = list(row.values())
    return out


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("outcome", ["event", "competing"])
def test_no_step_of_a_curve_is_known_to_be_a_few_persons(seed, outcome, total):
    truth = made(seed, total=total)
    shown, true = seen(protect(truth), outcome), seen(truth, outcome)
    tried = 0
    for level, (start, end) in itertools.product(SHAPE, itertools.combinations((None, *TIMES), 2)):
        step = true.loc[level, end] - (0 if start is None else true.loc[level, start])
        if 0 < step < 5:
            low, high = possible(shown, level, start, end)
            assert high >= 5 or low == 0, f"{level}, {start} to {end}: {low} to {high}"
            assert high > low
            tried += 1
    assert tried > 3, "no step is small: nothing was tried"


def test_the_attacker_finds_a_few_where_only_small_counts_are_hidden():
    truth = made(0, total=True)
    rows = truth.tidy()
    few = rows["events"].between(1, 4)
    rows.loc[few, ["estimate", "events"]] = np.nan
    shown, true = seen(Estimates(rows), "event"), seen(truth, "event")
    found = []
    for level, (start, end) in itertools.product(SHAPE, itertools.combinations(TIMES, 2)):
        if 0 < true.loc[level, end] - true.loc[level, start] < 5:
            low, high = possible(shown, level, start, end)
            found.append(low == high)
    assert any(found)


@pytest.mark.parametrize("seed", range(4))
def test_numbers_under_observation_never_differ_by_a_few_and_never_stand_beside_a_hidden_count(seed):
    truth = made(seed, total=True)
    safe = protect(truth)
    shown = seen(safe, "at_risk")
    for level, row in shown.iterrows():
        kept = [len(persons(seed)) if level == "all" else SHAPE[level][0], *row.dropna()]
        if level != "all":
            assert all(abs(a - b) == 0 or abs(a - b) >= 5 for a, b in itertools.combinations(kept, 2))
        assert not any(0 < value < 5 for value in kept)
    for outcome in ("event", "competing"):
        assert shown[seen(safe, outcome).isna()].isna().all(axis=None)
    # a level is not all persons less the other levels
    assert (shown.loc["all"].isna() | shown.drop("all").notna().all()).all()


def test_a_point_takes_its_estimate_its_interval_and_what_is_compared_there():
    counts = {180: (30, 40), 365: (33, 60), 730: (38, 90)}
    rows = []
    for at, (short, long) in counts.items():
        for level, events in (("short", short), ("long", long)):
            rows.append({"measure": "risk", "level": level, "events": events, "estimate": events / 300, "at": at})
        rows.append({"measure": "risk_difference", "level": "long", "reference": "short", "events": long, "at": at})
    rows = [{"outcome": "event", "model": "sets", "n": 300, "estimate": 0.1, "std_error": 0.01} | row for row in rows]
    details = [
        {"n_reference": 300, "events_reference": counts[row["at"]][0]} if "reference" in row else {} for row in rows
    ]
    made = Estimates(rows, details=pd.DataFrame(details), context={"adjust": {"sets": ["age"]}})
    out = protect(made).tidy().set_index(["at", "measure", "level"])
    # 3 more of the short by day 365; 5 more by day 730, 8 since the last point shown
    assert out.loc[365, ["estimate", "std_error"]].isna().all(axis=1).tolist() == [True, False, True]
    assert out.loc[[180, 730], "estimate"].notna().all()
    assert np.isnan(protect(made).details()["events_reference"].iloc[5])


def test_a_curve_without_small_steps_is_left_alone_and_other_rows_have_no_time():
    rows = [
        {"measure": "risk", "outcome": "event", "level": "short", "at": at, "events": e, "n": 300, "estimate": e / 300}
        for at, e in ((100, 0), (200, 10), (300, 10), (400, 15))
    ]
    assert protect(Estimates(rows)).tidy()["estimate"].notna().all()


def test_a_long_curve_is_protected_in_a_moment():
    rng = np.random.default_rng(2015)
    steps = rng.integers(0, 9, size=(4, 200)).cumsum(axis=1)
    rows = []
    for level, (j, at) in itertools.product(range(4), enumerate(range(10, 2010, 10))):
        base = {"model": "crude", "level": str(level), "at": at, "n": 4000}
        for outcome in ("event", "competing"):
            risk = {
                "measure": "risk",
                "outcome": outcome,
                "events": steps[level, j],
                "estimate": steps[level, j] / 4000,
            }
            rows.append(base | risk)
        rows.append(base | {"measure": "at_risk", "estimate": 4000 - 2 * steps[level, j]})
    safe = protect(Estimates(rows))
    assert len(safe) == 2400
    # seconds, not minutes: no step that was hidden is handed to the solver
    kept = safe.tidy().query("outcome == 'event' and level == '0'")["events"].dropna()
    gaps = np.diff(kept)
    assert ((gaps == 0) | (gaps >= 5)).all()
