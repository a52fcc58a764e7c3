"""Worst-case bounds of a mean change: by hand, what they must hold, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.change.bounds import change_bounds
from rehab_stats.estimate.model.sample import WrongCall

SCORES = {"baseline": "before", "followup": "after", "exposure": "education"}
SCALE = {"scale_low": 0, "scale_high": 100}


def _data(*rows: tuple[str, float, float]) -> pd.DataFrame:
    data = pd.DataFrame(rows, columns=["education", "before", "after"])
    return data.assign(education=pd.Categorical(data["education"], ["short", "medium", "long"], ordered=True))


MISSING = np.nan
FEW = _data(
    ("short", 50, 60),  # +10
    ("short", 80, MISSING),  # -80 to 20
    ("short", MISSING, 30),  # -70 to 30
    ("short", MISSING, MISSING),  # -100 to 100
    ("long", 40, 45),  # +5
    ("long", 20, MISSING),  # -20 to 80
)


def _estimates(data: pd.DataFrame, **options: object) -> pd.DataFrame:
    return change_bounds(data, **SCORES, **options).tidy().set_index(["measure", "level"])["estimate"]


def test_bounds_on_paper():
    found = change_bounds(FEW, **SCORES, **SCALE)
    got = found.tidy()
    expected = [
        ("lowest_mean", "short", (10 - 80 - 70 - 100) / 4),
        ("highest_mean", "short", (10 + 20 + 30 + 100) / 4),
        ("lowest_mean", "long", (5 - 20) / 2),
        ("highest_mean", "long", (5 + 80) / 2),
        ("lowest_difference", "long", -7.5 - 40),
        ("highest_difference", "long", 42.5 + 60),
    ]
    assert list(got[["measure", "level", "estimate"]].itertuples(index=False, name=None)) == expected
    assert got["n"].tolist() == [4, 4, 2, 2, 2, 2]
    assert got["events"].tolist() == [1] * 6
    assert got[["std_error", "conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert found.details().iloc[4:].to_numpy().tolist() == [[4, 1], [4, 1]]
    assert found.diagnostics == {"rows_used": 6, "rows_dropped": 0, "paired": 2, "levels_empty": 1}
    assert set(got["outcome"]) == {"change"}


def test_a_change_can_be_limited_by_the_user_the_scale_or_both():
    # of -10 to 30 alone: short (10 - 30)/4 and (10 + 90)/4, long (5 - 10)/2 and (5 + 30)/2
    alone = _estimates(FEW, lowest=-10, highest=30)
    assert alone["lowest_mean"].tolist() == [-5, -2.5]
    assert alone["highest_mean"].tolist() == [25, 17.5]
    both = _estimates(FEW, lowest=-10, highest=30, **SCALE)
    assert both["lowest_mean"].tolist() == [-5, -2.5]
    assert both["highest_mean"].tolist() == [(10 + 20 + 30 + 30) / 4, 17.5]
    # further than the scale goes is no limit
    wide = _estimates(FEW, lowest=-500, highest=500, **SCALE)
    pd.testing.assert_series_equal(wide, _estimates(FEW, **SCALE))


def test_nobody_missing_leaves_nothing_open():
    complete = FEW.fillna({"before": 50, "after": 55})
    got = _estimates(complete, **SCALE)
    assert got["lowest_mean"].tolist() == got["highest_mean"].tolist()
    change = (complete["after"] - complete["before"]).groupby(complete["education"], observed=True).mean()
    assert got["lowest_mean"].tolist() == change.tolist()
    assert got["lowest_difference", "long"] == got["highest_difference", "long"] == change["long"] - change["short"]


def test_a_level_with_everybody_missing_has_bounds_too():
    data = _data(("short", MISSING, MISSING), ("short", MISSING, MISSING), ("long", 40, 45))
    assert _estimates(data, lowest=-7, highest=9)["lowest_difference", "long"] == 5 - 9


def test_every_way_to_fill_in_lies_within_the_bounds():
    rng, n = np.random.default_rng(8), 400
    full = pd.DataFrame({"before": rng.integers(0, 101, n), "after": rng.integers(0, 101, n)}).astype(float)
    data = full.mask(rng.random((n, 2)) < 0.4).assign(education=rng.choice(["long", "short"], n))
    got = _estimates(data, **SCALE)
    for seed in range(20):
        guess = np.random.default_rng(seed).choice([0.0, 100.0], (n, 2))
        filled = data[["before", "after"]].where(data[["before", "after"]].notna(), guess)
        mean = (filled["after"] - filled["before"]).groupby(data["education"]).mean()
        for level, value in mean.items():
            assert got["lowest_mean", level] <= value <= got["highest_mean", level]
        assert got["lowest_difference", "short"] <= mean["short"] - mean["long"] <= got["highest_difference", "short"]


def test_order_units_and_direction_change_nothing():
    got = _estimates(FEW, **SCALE)
    pd.testing.assert_series_equal(_estimates(FEW.sample(frac=1, random_state=2), **SCALE), got)
    tenth = FEW.assign(before=FEW["before"] / 10, after=FEW["after"] / 10)
    pd.testing.assert_series_equal(_estimates(tenth, scale_low=0, scale_high=10) * 10, got)
    turned = FEW.assign(before=100 - FEW["before"], after=100 - FEW["after"])
    mirrored = _estimates(turned, **SCALE)
    assert mirrored["highest_mean"].tolist() == (-got["lowest_mean"]).tolist()
    other = _estimates(FEW, **SCALE, reference="long")
    assert other["lowest_difference", "short"] == -got["highest_difference", "long"]


def test_rows_without_a_level_are_counted():
    data = pd.concat([FEW, _data((None, 50, 50))], ignore_index=True)
    found = change_bounds(data, **SCORES, **SCALE)
    assert found.diagnostics["rows_dropped"] == 1
    pd.testing.assert_frame_equal(found.tidy(), change_bounds(FEW, **SCORES, **SCALE).tidy())


REFUSED = {
    "no limits": ({}, WrongCall, "how far can a change go"),
    "half a pair": ({"lowest": -5}, WrongCall, "lowest and highest go together"),
    "half a scale": ({"scale_high": 100}, WrongCall, "scale_low and scale_high go together"),
    "turned": ({"lowest": 5, "highest": -5}, WrongCall, "the first below the second; got 5 and -5"),
    "infinite": ({"scale_low": 0, "scale_high": np.inf}, WrongCall, "must be finite"),
    "off the scale": ({"scale_low": 0, "scale_high": 70}, ValueError, "before must lie between .*rows 1"),
    "impossible": (
        {"lowest": 25, "highest": 30, **SCALE},
        ValueError,
        "must be possible on the scale: 1 rows .*rows 1",
    ),
    "unknown column": ({**SCALE, "followup": "aftr"}, WrongCall, "did you mean 'after'"),
    "a score as exposure": ({**SCALE, "exposure": "before"}, WrongCall, "cannot be the exposure"),
    "several follow-ups": ({**SCALE, "followup": ["after"]}, WrongCall, "followup must be one column"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    options, kind, message = REFUSED[case]
    with pytest.raises(kind, match=message):
        change_bounds(FEW, **(SCORES | options))


def test_one_level_is_nothing_to_compare():
    with pytest.raises(ValueError, match="everybody has education = 'short'"):
        change_bounds(FEW[:4], **SCORES, **SCALE)
