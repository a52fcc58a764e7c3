"""source_mix, decline_reasons, municipality_flow: by hand, invariance, refusal."""

import pandas as pd
import pytest

from rehab_stats.estimate.model.limits import wilson
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.mix import decline_reasons, municipality_flow, source_mix

REFERRALS = pd.DataFrame(
    {
        "period": ["2024-H1"] * 5 + ["2024-H2"] * 3,
        "sender": ["hospital", "hospital", "hospital", "self", None, "general_practice", "hospital", "hospital"],
        "declined": [0, 1, 1, 0, 0, 1, 0, 0],
        "reason": [None, "no_need", "distance", None, None, None, None, None],
        "home": ["Herlev", "Herlev", "Herlev", "Furesø", "Furesø", "Egedal", None, "Egedal"],
        "provider": ["Herlev", "Furesø", "Furesø", "Furesø", "Furesø", "Herlev", "Herlev", "Egedal"],
    }
)


def test_sources_by_period_and_in_all():
    found = source_mix(REFERRALS, source="sender", by="period")
    rows = found.select(measure="count").tidy()
    counts = rows.pivot(index="level", columns="stratum", values="events")
    assert counts.loc[["hospital", "general_practice", "self", "missing"]].to_numpy().tolist() == [
        [3, 2, 5],
        [0, 1, 1],
        [1, 0, 1],
        [1, 0, 1],
    ]
    assert counts.columns.tolist() == ["period=2024-H1", "period=2024-H2", "total"]
    share = found.select(measure="share", level="hospital", stratum="period=2024-H1").tidy().iloc[0]
    assert share["estimate"] == 0.6
    assert (share["conf_low"], share["conf_high"]) == pytest.approx(wilson(3, 5))
    assert found.select(measure="share").tidy().groupby("stratum")["estimate"].sum().tolist() == pytest.approx(
        [1, 1, 1]
    )


def test_several_columns_make_a_stratum_and_categories_keep_their_order():
    data = REFERRALS.assign(
        sender=pd.Categorical(REFERRALS["sender"], ["self", "hospital", "general_practice", "other"])
    )
    found = source_mix(data, source="sender", by=["home", "period"])
    assert "home=Herlev & period=2024-H1" in set(found.tidy()["stratum"])
    assert found.tidy()["level"].drop_duplicates().tolist() == ["self", "hospital", "general_practice", "missing"]
    assert found.diagnostics == {"rows_used": 7, "rows_dropped": 1}
    assert set(source_mix(data, source="sender").tidy()["stratum"]) == {"total"}


def test_reasons_are_of_those_who_declined():
    found = decline_reasons(REFERRALS, declined="declined", reason="reason", by="period")
    counts = found.select(measure="count", stratum="total").tidy().set_index("level")[["n", "events"]]
    assert counts.T.to_dict("list") == {"distance": [3, 1], "no_need": [3, 1], "missing": [3, 1]}
    assert found.select(measure="count", stratum="period=2024-H2", level="missing").tidy()["n"].item() == 1


def test_flow_between_municipalities():
    found = municipality_flow(REFERRALS, home="home", provider="provider")
    counts = found.tidy().pivot(index="stratum", columns="level", values="estimate")
    assert counts.loc["Herlev"].to_dict() == {"Egedal": 0, "Furesø": 2, "Herlev": 1}
    assert counts.loc["Egedal"].to_dict() == {"Egedal": 1, "Furesø": 0, "Herlev": 1}
    assert counts.loc["total"].tolist() == counts.drop("total").sum().tolist()
    assert found.diagnostics == {"rows_used": 7, "rows_dropped": 1}
    assert set(found.tidy()["measure"]) == {"count"}
    assert found.tidy()["conf_low"].isna().all()


def test_order_changes_nothing():
    back = REFERRALS.iloc[::-1]
    for made in (
        lambda data: source_mix(data, source="sender", by="period"),
        lambda data: decline_reasons(data, declined="declined", reason="reason"),
        lambda data: municipality_flow(data, home="home", provider="provider"),
    ):
        pd.testing.assert_frame_equal(made(back).tidy(), made(REFERRALS).tidy())


def test_refusals():
    with pytest.raises(ValueError, match="nobody has declined = 1: there are no reasons to count"):
        decline_reasons(REFERRALS.assign(declined=0), declined="declined", reason="reason")
    with pytest.raises(ValueError, match="declined must be 0 or 1"):
        decline_reasons(REFERRALS.assign(declined=2), declined="declined", reason="reason")
    with pytest.raises(ValueError, match="sender has a category called total"):
        source_mix(REFERRALS.assign(sender="total"), source="sender")
    with pytest.raises(ValueError, match="no row has a value in each of period"):
        source_mix(REFERRALS.assign(period=None), source="sender", by="period")
    with pytest.raises(WrongCall, match="home and provider are the same column"):
        municipality_flow(REFERRALS, home="home", provider="home")
    with pytest.raises(ValueError, match="no row has a value in each of home, provider"):
        municipality_flow(REFERRALS.assign(home=None), home="home", provider="provider")
