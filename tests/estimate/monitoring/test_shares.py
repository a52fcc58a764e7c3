"""indicator_share, experience_shares, rows_from_counts: by hand, against R, known truth, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.shares import (
    experience_shares,
    favourable_answers,
    indicator_share,
    rows_from_counts,
    verdict,
)
from rehab_stats.vocabulary import TIDY_COLUMNS


def of(events: int, n: int, municipality: str = "Herlev") -> pd.DataFrame:
    return pd.DataFrame({"municipality": municipality, "in_time": [1.0] * events + [0.0] * (n - events)})


def test_by_hand():
    data = pd.concat([of(9, 10), of(3, 3, "Furesø"), of(0, 1, "Egedal").assign(in_time=np.nan)], ignore_index=True)
    found = indicator_share(data, outcome="in_time", by="municipality", target=0.9)
    tidy = found.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    assert tidy["level"].tolist() == ["Furesø", "Herlev"]
    assert tidy["estimate"].tolist() == [1.0, 0.9]
    assert tidy[["n", "events"]].to_numpy().tolist() == [[3, 3], [10, 9]]
    assert found.details()["verdict"].tolist() == ["undecided", "undecided"]
    assert found.diagnostics == {
        "rows_used": 13,
        "rows_not_counted": 1,
        "rows_dropped": 0,
        "nobody_counted": "Egedal",
    }


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.9, 0.95, "met"),
        (0.91, 1.0, "met"),
        (0.8, 0.9, "undecided"),
        (0.8, 0.89, "not_met"),
        (0.899, 0.95, "undecided"),
    ],
)
def test_the_whole_interval_decides(low, high, said):
    assert verdict(low, high, 0.9) == said


def test_tens_of_cases_rarely_decide():
    """All of 34 in time is undecided at 90 %, all of 35 is met; 20 of 30 is not met."""
    for (events, n), said in {
        (34, 34): "undecided",
        (35, 35): "met",
        (27, 30): "undecided",
        (20, 30): "not_met",
    }.items():
        assert indicator_share(of(events, n), outcome="in_time", target=0.9).details()["verdict"].item() == said


def test_against_r(read_reference):
    """prop.test of each count: tests/reference/monitoring.R."""
    reference = read_reference("monitoring_limits")
    for case in [case for case in reference.index if case.startswith("wilson") and case.endswith(":0.95")]:
        events, n = map(int, case.split(":")[1:3])
        row = indicator_share(of(events, n), outcome="in_time").tidy().iloc[0]
        wanted = reference.loc[case, ["conf_low", "conf_high"]].astype(float)
        np.testing.assert_allclose(row[["conf_low", "conf_high"]].astype(float), wanted, rtol=1e-9, atol=1e-12)


def test_a_criterion_met_exactly_is_rarely_called_met_or_missed():
    rng = np.random.default_rng(11)
    data = pd.DataFrame({"municipality": np.repeat(np.arange(2_000), 30), "in_time": rng.random(60_000) < 0.9})
    said = indicator_share(
        data.astype({"in_time": float, "municipality": str}), outcome="in_time", by="municipality", target=0.9
    )
    shares = said.details()["verdict"].value_counts(normalize=True)
    assert shares["undecided"] > 0.93
    assert shares.get("met", 0) < 0.05


def test_order_and_flags_change_nothing():
    data = pd.concat([of(9, 12), of(4, 6, "Furesø")], ignore_index=True)
    call = {"outcome": "in_time", "by": "municipality"}
    expected = indicator_share(data, **call).tidy()
    shuffled = data.sample(frac=1, random_state=3).astype({"in_time": "boolean"})
    pd.testing.assert_frame_equal(indicator_share(shuffled, **call).tidy(), expected)
    before = data.copy()
    indicator_share(data, **call)
    pd.testing.assert_frame_equal(data, before)


def test_indicator_share_refuses():
    with pytest.raises(ValueError, match="data has no column 'in_tme'; did you mean 'in_time'"):
        indicator_share(of(1, 2), outcome="in_tme")
    with pytest.raises(ValueError, match="no row counts for in_time: there is no share to tell"):
        indicator_share(of(0, 2).assign(in_time=np.nan), outcome="in_time")
    with pytest.raises(WrongCall, match="target must be a share"):
        indicator_share(of(1, 2), outcome="in_time", target=90)


# ---- satisfaction and benefit

ASKED = pd.DataFrame(
    {
        "period": ["2024-H1"] * 6 + ["2024-H2"] * 2,
        "satisfied": ["very", "very", "rather", "not", None, None, None, None],
        "benefited": pd.Categorical(["yes", "no", "yes", "yes", "yes", None, "no", None], ["no", "yes"]),
    }
)


def test_favourable_answers_are_of_those_who_answered():
    found = experience_shares(ASKED, favourable={"satisfied": {"very", "rather"}, "benefited": {"yes"}}, by="period")
    rows = found.tidy().set_index(["outcome", "measure", "level"])[["n", "events"]]
    assert rows.loc[("satisfied", "answered_share", "2024-H1")].tolist() == [6, 4]
    assert rows.loc[("satisfied", "indicator_share", "2024-H1")].tolist() == [4, 3]
    assert rows.loc[("satisfied", "answered_share", "2024-H2")].tolist() == [2, 0]
    assert ("satisfied", "indicator_share", "2024-H2") not in rows.index
    assert rows.loc[("benefited", "indicator_share", "2024-H2")].tolist() == [1, 0]
    assert set(found.details()["target"].dropna()) == {0.5}


def test_experience_shares_refuse():
    with pytest.raises(WrongCall, match="favourable is empty"):
        experience_shares(ASKED, favourable={})
    with pytest.raises(WrongCall, match="benefited has no answer ja"):
        experience_shares(ASKED, favourable={"benefited": {"ja"}})
    with pytest.raises(WrongCall, match="must be a set or list, not the text 'yes'"):
        experience_shares(ASKED, favourable={"benefited": "yes"})


# ---- counts alone


def test_counts_become_rows_and_give_the_same_shares():
    counts = pd.DataFrame(
        {"municipality": ["Herlev", "Furesø", "Egedal"], "k": [9, 0, 2], "m": [12, 0, 2]}, index=[5, 6, 7]
    )
    rows = rows_from_counts(counts, events="k", n="m")
    assert rows.columns.tolist() == ["municipality", "in_time"]
    got = indicator_share(rows, outcome="in_time", by="municipality").tidy()
    assert got[["level", "n", "events"]].to_numpy().tolist() == [["Egedal", 2, 2], ["Herlev", 12, 9]]
    with pytest.raises(ValueError, match="k must not exceed m: 1 rows"):
        rows_from_counts(counts.assign(k=[13, 0, 0]), events="k", n="m")
    with pytest.raises(ValueError, match="k and m must be known"):
        rows_from_counts(counts.assign(k=[9, None, 2]), events="k", n="m")


def test_favourable_answers_are_ones_and_no_answer_is_none():
    rows = pd.DataFrame({"satisfied": pd.array([5, 4, 3, None], dtype="Int64"), "benefit": ["yes", "no", None, "yes"]})
    found = favourable_answers(rows, {"satisfied": [4, 5], "benefit": ["yes"]})
    assert found["satisfied"].tolist()[:3] == [1, 1, 0]
    assert np.isnan(found["satisfied"].iloc[3])
    assert found["benefit"].tolist()[:2] == [1, 0]
    shares = experience_shares(rows, favourable={"satisfied": [4, 5]}).select(measure="indicator_share").tidy()
    assert shares["events"].item() == found["satisfied"].sum()
    assert rows["satisfied"].tolist()[0] == 5  # not changed
