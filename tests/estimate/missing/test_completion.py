"""Completion and available-data rates: by hand, R, invariance, refusal."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.missing.completion import completion_rates
from rehab_stats.estimate.model.sample import WrongCall

REFERENCE = Path(__file__).parents[2] / "reference"
LEVELS = ["short", "medium", "long"]
FEW = pd.DataFrame(
    {
        "education": ["short", "short", "short", "long", "long", None],
        "due_start": [1, 1, 1, 1, 1, 1],
        "back_start": [1, 0, 1, 1, 1, 0],
        "due_end": [1, 1, 0, 0, 0, 1],
        "back_end": [1, 0, 0, 1, 0, 1],
    }
)
CALL = {
    "due": {"start": "due_start", "end": "due_end"},
    "returned": {"start": "back_start", "end": "back_end"},
    "exposure": "education",
}


def test_rates_on_paper():
    found = completion_rates(FEW, **CALL)
    got = found.tidy()
    rows = list(got[["outcome", "measure", "level", "events", "n"]].itertuples(index=False, name=None))
    assert rows == [
        ("start", "completion_rate", None, 4, 6),
        ("start", "completion_rate", "long", 2, 2),
        ("start", "completion_rate", "short", 2, 3),
        ("start", "available_rate", None, 4, 6),
        ("start", "available_rate", "long", 2, 2),
        ("start", "available_rate", "short", 2, 3),
        ("end", "completion_rate", None, 2, 3),
        ("end", "completion_rate", "short", 1, 2),
        ("end", "available_rate", None, 3, 6),
        ("end", "available_rate", "long", 1, 2),
        ("end", "available_rate", "short", 1, 3),
    ]
    assert got["estimate"].tolist() == (got["events"] / got["n"]).tolist()
    assert found.diagnostics == {
        "rows": 6,
        "exposure_missing": 1,
        "due_empty": "end: long",
        "returned_not_due.start": 0,
        "returned_not_due.end": 1,
    }


def test_rates_equal_r():
    data = pd.read_csv(REFERENCE / "response_data.csv")
    data["education"] = pd.Categorical(data["education"], LEVELS, ordered=True)
    data["alive"] = data["age"] < 75
    late = (data["returned_followup"] == 1) | (data["education"] == "long")
    data["late"] = late & data["alive"]
    got = completion_rates(
        data,
        due={"baseline": "given", "end": "alive"},
        returned={"baseline": "returned_baseline", "end": "late"},
        exposure="education",
    ).tidy()
    expected = pd.read_csv(REFERENCE / "completion.csv")
    assert got["level"].fillna("total").tolist() == expected["level"].tolist()
    assert got["measure"].tolist() == expected["measure"].tolist()
    for column in ("estimate", "std_error", "conf_low", "conf_high", "n", "events"):
        np.testing.assert_allclose(got[column], expected[column], rtol=1e-6, err_msg=column)


def test_order_kind_of_column_and_codes_change_nothing():
    got = completion_rates(FEW, **CALL).tidy()
    flags = list(FEW.columns[1:])
    other = FEW.astype(dict.fromkeys(flags[:2], "boolean")).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(completion_rates(other, **CALL).tidy(), got)
    numbered = FEW.assign(education=FEW["education"].map({"long": 0.0, "short": 1.0}))
    again = completion_rates(numbered, **CALL).tidy()
    assert again["level"].tolist() == got["level"].replace({"long": "0", "short": "1"}).tolist()
    pd.testing.assert_frame_equal(again.drop(columns="level"), got.drop(columns="level"))


def test_levels_come_in_the_order_of_the_category():
    ordered = FEW.assign(education=pd.Categorical(FEW["education"], ["medium", "short", "long"], ordered=True))
    assert completion_rates(ordered, **CALL).tidy()["level"].tolist()[:3] == [None, "short", "long"]


REFUSED = {
    "no occasion": (lambda d: d, {"due": {}, "returned": {}}, "mappings of the same occasions"),
    "a list": (lambda d: d, {"due": ["due_start"]}, "mappings of the same occasions"),
    "other occasions": (lambda d: d, {"due": {"start": "due_start"}}, "mappings of the same occasions"),
    "unknown column": (lambda d: d.drop(columns="back_end"), {}, "no column 'back_end'"),
    "not 0 or 1": (lambda d: d.assign(due_end=d["due_end"] * 2), {}, "due_end must be 0 or 1: 3 rows"),
    "not known": (lambda d: d.assign(back_start=[1, None, 0, 1, 1, 0]), {}, "back_start must be 0 or 1: 1 rows"),
    "many levels": (
        lambda d: pd.concat([d] * 6).assign(education=np.arange(36)), {}, "education has 36 values: cut it"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    change, options, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        completion_rates(change(FEW), **(CALL | options))


def test_other_occasions_are_a_wrong_call():
    with pytest.raises(WrongCall):
        completion_rates(FEW, **(CALL | {"due": {"end": "due_end", "start": "due_start"}}))
