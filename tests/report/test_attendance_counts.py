"""Small counts of stages, sessions and appointments are hidden, and a reader who does the sums does not find them."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.counts.attendance import rate_ratios, standardised_means
from rehab_stats.report.attendance_counts import with_pooled_tail
from rehab_stats.report.disclosure import protect
from rehab_stats.vocabulary import Estimates

STAGES = ("interview_booked", "interview_attended", "started", "completed")
CONTEXT = {"exposure": "education", "adjust": {"crude": [], "full": ["age"]}}


def cascade(reached, *, measures=("risk", "transition", "risk_difference", "transition_difference")) -> Estimates:
    """Rows as `cascade` gives them, from level -> (persons, who reached each stage, one by one)."""
    rows, details = [], []
    reference = next(iter(reached))
    for place, stage in enumerate(STAGES):
        for measure in measures:
            for level, counts in reached.items():
                share, counted = shares_of(counts, place, measure)
                other, counted_other = shares_of(reached[reference], place, measure)
                apart = measure.endswith("difference")
                if not (apart and level == reference):
                    value = share - other if apart else share
                    row = {"outcome": stage, "model": "crude", "measure": measure, "level": level} | counted
                    row |= {"estimate": value, "std_error": 0.01, "conf_low": value - 0.02, "conf_high": value + 0.02}
                    rows.append(row | ({"reference": reference} if apart else {}))
                    beside = {f"{name}_reference": count for name, count in counted_other.items()}
                    details.append(beside if apart else dict.fromkeys(beside))
    return Estimates(rows, details=pd.DataFrame(details), context=CONTEXT | {"stages": list(STAGES)})


def shares_of(counts, place, measure):
    base = counts[0] if measure.startswith("risk") or not place else counts[place]
    return counts[place + 1] / base, {"n": base, "events": counts[place + 1]}


def read_back(estimates: Estimates) -> dict[tuple, float]:
    """What a reader finds out of who reached which stage, from counts, shares of known persons, and differences."""
    rows = estimates.tidy().join(estimates.details(), rsuffix="_detail")
    place = {stage: k + 1 for k, stage in enumerate(STAGES)}
    known: dict[tuple, float] = {}

    def learn(level, k, value):
        if np.isfinite(value):
            known.setdefault((level, k), round(value))

    for _ in range(6):
        for row in rows.to_dict("records"):
            level, reference, k = row["level"], row["reference"], place[row["outcome"]]
            base = 0 if row["measure"].startswith("risk") else k - 1
            learn(level, base, row["n"])
            learn(level, k, row["events"])
            if reference:
                learn(reference, base, row["n_reference"])
                learn(reference, k, row["events_reference"])
            else:
                learn(level, k, row["estimate"] * known.get((level, base), np.nan))
                learn(level, base, known.get((level, k), np.nan) / row["estimate"] if row["estimate"] else np.nan)
                continue
            there = known.get((reference, k), np.nan) / known.get((reference, base), np.nan)
            here = known.get((level, k), np.nan) / known.get((level, base), np.nan)
            learn(level, k, (row["estimate"] + there) * known.get((level, base), np.nan))
            learn(reference, k, (here - row["estimate"]) * known.get((reference, base), np.nan))
    return known


def small_found(estimates: Estimates, levels) -> list[tuple]:
    """Counts of 1 to 4 that the reader has found: who reached a stage, who dropped out before it, who never did."""
    known, found = read_back(estimates), []
    for level in levels:
        for k in range(1, len(STAGES) + 1):
            here, before, base = (known.get((level, j), np.nan) for j in (k, k - 1, 0))
            found += [(level, k, gap) for gap in (here, before - here, base - here) if 0 < gap < 5]
    return found


def test_a_cascade_without_small_counts_is_shown_whole():
    reached = {"short": (300, 280, 250, 200, 150), "long": (200, 190, 180, 160, 120)}
    safe = protect(cascade(reached))
    assert safe.tidy()["estimate"].notna().all()
    # the reader of this test does find what is there to be found
    assert read_back(safe)["long", 3] == 160
    assert small_found(cascade({"short": (300, 297, 250, 200, 150)}, measures=("risk",)), ["short"])


@pytest.mark.parametrize("measures", [("risk",), ("risk", "transition"), None])
@pytest.mark.parametrize("seed", range(6))
def test_nobody_finds_a_small_count_of_a_cascade(seed, measures):
    rng = np.random.default_rng([2015, seed])
    reached = {}
    for level in ("short", "medium", "long"):
        counts = [int(rng.integers(30, 200))]
        for _ in STAGES:
            gone = rng.choice([0, int(rng.integers(1, 5)), int(rng.integers(5, 30))])
            counts.append(max(counts[-1] - int(gone), int(rng.choice([0, 3, 8]))) if counts[-1] > 8 else counts[-1])
        reached[level] = tuple(counts)
    made = cascade(reached) if measures is None else cascade(reached, measures=measures)
    assert small_found(protect(made), reached) == []


def test_who_dropped_out_between_two_stages_is_hidden_though_nobody_prints_it():
    reached = {"short": (300, 280, 278, 200, 150), "long": (200, 190, 180, 160, 120)}
    safe = protect(cascade(reached, measures=("risk", "transition")))
    rows = safe.select(level="short").tidy()
    # 280 less 278: one of the two goes wherever it stands, and the share of the one among the other
    transition = rows[(rows["measure"] == "transition") & (rows["outcome"] == "interview_attended")]
    assert transition["estimate"].isna().all()
    assert rows["estimate"].notna().sum() >= 4
    assert safe.select(level="long").tidy()["estimate"].notna().all()


def means(persons, *, model="crude", stratum=None, outcome="sessions_attended") -> Estimates:
    """Means, differences and rate ratios from level -> (persons, persons with any)."""
    rows, details = [], []
    reference = next(iter(persons))
    for level, (n, events) in persons.items():
        for measure, value in (("mean", 4.2), ("mean_difference", 0.4), ("rate_ratio", 1.1)):
            if measure == "mean" or level != reference:
                row = {"outcome": outcome, "model": model, "measure": measure, "level": level, "n": n}
                row |= {"events": events, "stratum": stratum, "estimate": value, "conf_low": value - 0.3}
                rows.append(row | {"conf_high": value + 0.3} | ({} if measure == "mean" else {"reference": reference}))
                beside = dict(zip(("n_reference", "events_reference"), persons[reference], strict=True))
                details.append(({} if measure == "mean" else beside) | {"total": 4.2 * n})
    return Estimates(rows, details=pd.DataFrame(details), context=CONTEXT | {"outcome": outcome})


def test_few_without_any_are_not_counted_but_the_mean_stays():
    safe = protect(means({"short": (300, 250), "long": (200, 197)}))
    long = safe.select(level="long").tidy()
    assert long["estimate"].notna().all()
    assert long["events"].isna().all()
    assert long["n"].eq(200).all()
    # where the reference has few without any its number is hidden too
    safe = protect(means({"short": (300, 298), "long": (200, 150)}))
    assert safe.select(measure="rate_ratio").tidy()["estimate"].notna().all()
    assert safe.select(measure="rate_ratio").details()["events_reference"].isna().all()


@pytest.mark.parametrize("few", [(3, 3), (200, 2)])
def test_a_mean_of_few_persons_goes_with_what_is_made_of_it(few):
    safe = protect(means({"short": (300, 250), "medium": (310, 260), "long": few}))
    long = safe.select(level="long")
    assert long.tidy()["estimate"].isna().all()
    assert long.details()["total"].isna().all()
    assert safe.select(level="medium").tidy()["estimate"].notna().all()
    # few at the reference take all contrasts
    safe = protect(means({"short": few, "medium": (310, 260)}))
    assert safe.select(measure=["mean_difference", "rate_ratio"]).tidy()["estimate"].isna().all()
    assert safe.select(measure="mean", level="medium").tidy()["estimate"].notna().all()


def test_means_with_and_without_those_who_never_came_do_not_tell_how_many_never_came():
    everybody = means({"short": (300, 298), "long": (200, 150)})
    came = means({"short": (298, 298), "long": (150, 150)}, model="came")
    safe = protect(Estimates.stack([everybody, came.with_context(adjust={"came": []})]))
    short = safe.select(measure="mean", level="short").tidy()
    # mean of all times all persons is mean of those who came times them: one n and its mean are not shown
    assert short["n"].notna().sum() <= 1
    assert short["estimate"].notna().sum() <= 1
    assert 300 not in set(short["n"]) or 298 not in {*short["n"], *short["events"]}


def contributions(lost, *, booked=6.0, n=200, models=("crude",)) -> Estimates:
    """Contributions of one level: `lost` are the shares of booked sessions lost in each way."""
    rows, details = [], []
    for model in models:
        for outcome, share in {"booked": booked, **lost, "total": 4.0}.items():
            for measure in ("contribution", "share_of_total"):
                if (outcome, measure) != ("total", "share_of_total"):
                    row = {"outcome": outcome, "model": model, "measure": measure, "level": "long"}
                    row |= {"reference": "short", "n": n, "events": n - 20, "estimate": 0.2, "conf_low": 0.1}
                    rows.append(row | {"conf_high": 0.3})
                    details.append(
                        {"n_reference": 300, "events_reference": 250, "quantity": share, "quantity_reference": 0.1}
                    )
    details = pd.DataFrame(details)
    details["quantity_reference"] = details["quantity_reference"].where(details["quantity"] < 2, 5.0)
    return Estimates(rows, details=details, context=CONTEXT)


LOST = {"cancelled_by_person": 0.1, "cancelled_by_centre": 0.05, "no_show": 0.08}


def test_parts_go_where_few_sessions_were_lost_in_one_way_and_the_whole_stays():
    assert protect(contributions(LOST)).tidy()["estimate"].notna().all()
    few = protect(contributions(LOST | {"no_show": 2 / 1200}, models=("crude", "full")))
    rows = few.tidy()
    # three parts and the whole would give the fourth
    assert rows.loc[rows["outcome"] == "total", "estimate"].notna().all()
    assert rows.loc[rows["outcome"] != "total", "estimate"].isna().all()
    assert few.details().loc[(rows["outcome"] != "total").to_numpy(), "quantity"].isna().all()
    # nobody at all is no secret
    assert protect(contributions(LOST | {"no_show": 0.0})).tidy()["estimate"].notna().all()


def test_contributions_go_with_a_small_level():
    assert protect(contributions(LOST, n=22)).tidy()["estimate"].isna().all()


def fits(counts, *, families=("poisson", "hurdle_poisson")) -> Estimates:
    """A rootogram and the shares with none of the same persons, from numbers of persons with 0, 1, 2, ... sessions."""
    n, rows = sum(counts), []
    base = {"outcome": "sessions_attended", "model": "crude", "n": n, "events": n - counts[0]}
    for family, (at, count) in itertools.product(families, enumerate(counts)):
        expected = count if family.startswith("hurdle") and not at else count + 0.5
        rows.append(base | {"measure": "observed_persons", "level": family, "at": at, "estimate": count})
        rows.append(base | {"measure": "expected_persons", "level": family, "at": at, "estimate": expected})
    rows.append(base | {"measure": "zeros_observed", "estimate": counts[0] / n})
    for family in families:
        rows.append(base | {"measure": "zeros_expected", "level": family, "estimate": counts[0] / n})
        rows.append(base | {"measure": "aic", "level": family, "estimate": 1000.0})
    return Estimates(rows, context=CONTEXT | {"outcome": "sessions_attended"})


def test_a_small_number_of_persons_with_so_many_sessions_takes_another_with_it():
    safe = protect(fits([100, 80, 3, 40, 30]))
    rows = safe.tidy()
    observed = (
        rows[rows["measure"] == "observed_persons"].groupby("at")["estimate"].apply(lambda cell: cell.isna().all())
    )
    assert observed[2]
    # all persons less the others would give it
    assert observed.sum() == 2
    hidden = set(observed.index[observed])
    gone = rows[(rows["measure"] == "expected_persons") & rows["estimate"].isna()]
    assert set(gone["at"]) == hidden
    assert rows.loc[rows["measure"] == "aic", "estimate"].notna().all()


def test_few_with_none_are_told_by_no_model():
    rows = protect(fits([3, 80, 60, 40, 30])).tidy()
    assert rows.loc[rows["measure"].isin(["zeros_observed", "zeros_expected"]), "estimate"].isna().all()
    assert rows.loc[(rows["at"] == 0), "estimate"].isna().all()
    assert rows["events"].isna().all() or rows["n"].isna().all()
    assert rows.loc[rows["measure"] == "aic", "estimate"].notna().all()


def test_the_tail_is_put_together_until_it_is_no_small_count():
    made = fits([100, 80, 60, 40, 7, 3, 0, 2, 1])
    pooled = with_pooled_tail(made)
    rows = pooled.select(measure="observed_persons", level="poisson").tidy()
    assert list(rows["estimate"]) == [100, 80, 60, 40, 7, 6]
    assert list(pooled.select(measure="observed_persons", level="poisson").details()["and_more"]) == [False] * 5 + [
        True
    ]
    expected = pooled.select(measure="expected_persons", level="poisson").tidy()["estimate"]
    assert expected.iloc[-1] == pytest.approx(3.5 + 0.5 + 2.5 + 1.5)
    assert protect(pooled).tidy()["estimate"].notna().all()
    # 3 persons in the tail are joined by the number below them
    low = with_pooled_tail(fits([100, 80, 20, 3])).select(measure="observed_persons", level="poisson").tidy()
    assert list(low["estimate"]) == [100, 80, 23]
    assert with_pooled_tail(fits([100, 80])).tidy().equals(fits([100, 80]).tidy())
    # what has passed the rules stays as it is
    assert len(with_pooled_tail(protect(made))) == len(made)


def test_registration_is_hidden_where_it_is_that_of_few():
    row = {"outcome": "status", "measure": "share_of_appointments", "model": "crude"}
    rows = [
        row | {"level": kind, "stratum": status, "estimate": share, "n": n, "events": round(share * n)}
        for kind, n, shares in (("exercise", 80, (0.9, 0.1)), ("diet", 60, (0.99, 0.01)), ("memory", 3, (0.5, 0.5)))
        for status, share in zip(("attended", "not_registered"), shares, strict=True)
    ]
    safe = protect(Estimates(rows, details=pd.DataFrame({"appointments": [400, 400, 300, 300, 20, 20]})))
    assert safe.select(level="exercise").tidy()["estimate"].notna().all()
    assert safe.select(level=["diet", "memory"]).tidy()[["estimate", "events"]].isna().all(axis=None)
    # of 80 persons 4 had an appointment without a status, though 30 appointments were of them
    few = rows[1] | {"events": 4}
    safe = protect(Estimates([few], details=pd.DataFrame({"appointments": [300]})))
    assert safe.tidy()[["estimate", "events"]].isna().all(axis=None)


def test_time_lost_to_few_is_not_the_rest_of_the_whole():
    rows = []
    for measure, outcome, events in (
        ("restricted_mean", None, 103),
        ("time_lost", "event", 100),
        ("time_lost", "competing", 3),
    ):
        row = {"outcome": outcome, "model": "crude", "measure": measure, "level": "long", "at": 26, "n": 200}
        rows.append(row | {"events": events, "estimate": 8.0})
    safe = protect(Estimates(rows, context={"exposure": "education", "outcome": "leaving_event"})).tidy()
    assert safe.loc[2, ["estimate", "events"]].isna().all()
    # 103 less 100
    assert safe["events"].notna().sum() <= 1
    assert np.isnan(safe.loc[0, "estimate"])


def times(events):
    """Mean time and time lost, and their differences from the first level, from level -> (persons, left, competing)."""
    rows, details, first = [], [], next(iter(events))
    for level, (n, left, other) in events.items():
        for outcome, count in ((None, left + other), ("event", left), ("competing", other)):
            whole = outcome is None
            row = {"outcome": outcome, "model": "crude", "level": level, "at": 26, "n": n, "events": count}
            rows.append(row | {"measure": "restricted_mean" if whole else "time_lost", "estimate": 8.0})
            details.append({})
            if level != first:
                measure = "mean_time_difference" if whole else "time_lost_difference"
                rows.append(row | {"measure": measure, "reference": first, "estimate": 1.0})
                base, *two = events[first]
                count = sum(two) if whole else two[outcome == "competing"]
                details.append({"n_reference": base, "events_reference": count})
    context = {"exposure": "education", "outcome": "leaving_event"}
    return Estimates(rows, details=pd.DataFrame(details), context=context)


def test_a_mean_time_stays_where_all_the_time_lost_is_shown_and_goes_where_a_part_is_hidden():
    rows = protect(times({"short": (200, 60, 3), "long": (200, 70, 60)})).tidy()
    means = rows[rows["measure"] == "restricted_mean"].set_index("level")["estimate"]
    lost = rows[rows["measure"] == "time_lost"].set_index(["level", "outcome"])["estimate"]
    assert np.isnan(lost["short", "competing"])
    assert np.isnan(means["short"])
    # of long all is shown; what it is compared with is not
    assert lost["long"].notna().all()
    assert means["long"] == 8.0
    apart = rows[rows["reference"].notna()].set_index("measure")["estimate"]
    assert np.isnan(apart["mean_time_difference"])


@pytest.mark.parametrize("few", [(200, 3, 60), (200, 60, 3), (200, 3, 2)])
def test_time_lost_goes_with_its_number_of_events_also_where_that_protects_another(few):
    rows = protect(times({"short": (200, 80, 60), "long": few, "medium": (300, 90, 80)})).tidy()
    lost = rows[rows["measure"].isin(["time_lost", "time_lost_difference"])]
    assert lost["events"].isna().any()
    assert lost.loc[lost["events"].isna(), "estimate"].isna().all()
    # the end less the mean time and the one loss is the other
    own = rows[(rows["level"] == "long") & rows["measure"].isin(["time_lost", "restricted_mean"])]
    assert own["estimate"].isna().sum() >= 2
    assert rows.loc[rows["level"] == "medium", "estimate"].notna().all()


def test_diagnostics_that_count_a_few_go():
    rows = means({"short": (300, 250), "long": (200, 150)})
    about = {"rows_used": 500, "zeros_observed": 3 / 500, "zeros_expected": 3 / 500, "skipped.started": 2}
    left = protect(rows.replaced(diagnostics=about)).diagnostics
    assert left["zeros_observed"] is None
    assert left["zeros_expected"] is None
    assert left["skipped.started"] is None
    assert protect(rows.replaced(diagnostics=about | {"zeros_observed": 0.2})).diagnostics["zeros_observed"] == 0.2


def test_share_with_none_does_not_give_the_hidden_number_with_any_away():
    # 300 persons a level, 200, 220 and 3 of them with any: 423 in all less those shown are the 3
    level = np.repeat(["short", "medium", "long"], 300)
    some = np.concatenate([np.arange(300) < 200, np.arange(300) < 220, np.arange(300) < 3])
    education = pd.Categorical(level, ["short", "medium", "long"], ordered=True)
    visits = np.where(some, 1 + np.arange(900) % 3, 0)
    data = pd.DataFrame({"education": education, "visits": visits})
    for estimator in (rate_ratios, standardised_means):
        safe = protect(estimator(data, count="visits", exposure="education"))
        assert safe.tidy().loc[safe.tidy()["level"] == "long", "events"].isna().all()
        assert safe.diagnostics["zeros_observed"] is None
        assert safe.diagnostics["zeros_expected"] is None
    plenty = data.assign(visits=data["visits"].where(data["education"] != "long", np.arange(900) % 2))
    assert protect(rate_ratios(plenty, count="visits", exposure="education")).diagnostics["zeros_observed"] > 0
