"""Scores from answers: by hand, against R, what must hold for any answers, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehab_stats.extract.columns import OCCASION, cast_to_contract
from rehab_stats.extract.instruments import INSTRUMENTS, find_scale, score_items

REFERENCE = Path(__file__).parents[1] / "reference"
DIMENSIONS = ("mobility", "self_care", "usual_activities", "pain", "anxiety")
EVERY_SCALE = [(name, scale.name) for name, known in INSTRUMENTS.items() for scale in known.scales]


def answers(instrument="qlq_c30", person="p1", occasion="baseline", **given_answers) -> pd.DataFrame:
    """Answers of one person, `q29=3` or `pain=2`; None is an item not answered."""
    rows = [
        {"person_id": person, "instrument": instrument, "occasion": occasion, "item": item, "answer": answer}
        for item, answer in given_answers.items()
    ]
    frame = pd.DataFrame(rows, columns=["person_id", "instrument", "occasion", "item", "answer"])
    frame["item"] = frame["item"].str.removeprefix("q")
    return cast_to_contract("items", frame)


def scores(frame, instrument="qlq_c30") -> dict[str, float]:
    found = score_items(frame, instrument=instrument)
    return dict(zip(found["scale"], found["score"], strict=True))


def state(digits: str) -> pd.DataFrame:
    return answers("eq_5d_5l", **dict(zip(DIMENSIONS, map(int, digits), strict=True)))


@pytest.mark.parametrize(
    ("digits", "index"),
    # the last is -0.757 in print (from memory): the three decimals of the weights add up to 1.758
    [
        ("11111", 1.0),
        ("11123", 0.761),
        ("55555", -0.758),
        ("21111", 0.959),
        ("34152", 1 - 0.054 - 0.144 - 0.537 - 0.072),
    ],
)
def test_index_by_hand(digits, index):
    assert scores(state(digits), "eq_5d_5l")["index"] == pytest.approx(index, abs=1e-12)


def test_an_index_needs_all_five_and_the_mark_none_of_them():
    frame = answers("eq_5d_5l", mobility=1, self_care=1, usual_activities=1, pain=1, vas=62)
    found = score_items(frame, instrument="eq_5d_5l")
    assert list(found["scale"]) == ["index", "vas"]
    assert np.isnan(found["score"][0])
    assert found["score"][1] == 62
    assert list(found["items_answered"]) == [4, 1]


@pytest.mark.parametrize(
    ("scale", "given_answers", "score"),
    [
        ("PF2", {"q1": 1, "q2": 2, "q3": 1, "q4": 3, "q5": 1}, 80.0),  # RS 1.6: (1 - 0.6 / 3) * 100
        ("PF2", {"q1": 1, "q2": 2, "q3": 3}, 100 * (1 - 1 / 3)),  # three of five, RS 2
        ("PF2", {"q1": 1, "q2": 2}, np.nan),
        ("PF2", {"q1": 1, "q2": 2, "q3": None, "q4": None, "q5": None}, np.nan),
        ("EF", {"q21": 4, "q24": 2}, 100 * (1 - 2 / 3)),  # two of four
        ("EF", {"q21": 4}, np.nan),
        ("RF2", {"q6": 3}, 100 * (1 - 2 / 3)),
        ("FA", {"q10": 1, "q12": 4}, 50.0),  # RS 2.5: 1.5 / 3 * 100
        ("FA", {"q18": 4}, np.nan),  # one of three is less than half
        ("PA", {"q9": 4, "q19": 4}, 100.0),
        ("NV", {"q14": 1}, 0.0),
        ("DY", {"q8": 2}, 100 / 3),
        ("DY", {"q8": None}, np.nan),
        ("QL2", {"q29": 7, "q30": 4}, 75.0),  # RS 5.5: 4.5 / 6 * 100
        ("QL2", {"q30": 1}, 0.0),
    ],
)
def test_scales_by_hand(scale, given_answers, score):
    assert scores(answers(**given_answers))[scale] == pytest.approx(score, nan_ok=True)


def test_fifteen_scales_and_the_highest_and_lowest_of_each():
    known = INSTRUMENTS["qlq_c30"]
    lowest = scores(answers(**{f"q{item}": low for item, (low, _) in known.items.items()}))
    highest = scores(answers(**{f"q{item}": high for item, (_, high) in known.items.items()}))
    assert len(lowest) == 15
    for scale in known.scales:
        turned = scale.name in ("PF2", "RF2", "EF", "CF", "SF")
        assert (lowest[scale.name], highest[scale.name]) == ((100, 0) if turned else (0, 100))
    used = [item for scale in known.scales for item in scale.items]
    assert sorted(used, key=int) == list(known.items)


@pytest.mark.parametrize(("instrument", "name"), EVERY_SCALE)
def test_directions_half_rule_and_thresholds(instrument, name):
    scale = find_scale(instrument, name)
    assert scale.higher_is_better == (name not in ("FA", "NV", "PA", "DY", "SL", "AP", "CO", "DI", "FI"))
    if instrument == "qlq_c30":
        assert scale.missing_at_most == len(scale.items) // 2
    for threshold in (scale.improvement, scale.decline, scale.between_groups, scale.sensitivity):
        if threshold is not None:
            assert 0 < threshold.low <= threshold.high < scale.high - scale.low
            assert threshold.certainty in ("VERIFIED", "RECALLED")
            assert "doi 10." in threshold.source
    assert scale.sensitivity is None or scale.between_groups is None  # it stands in for what is not there


def test_no_important_difference_is_claimed_for_the_danish_index():
    index = find_scale("eq_5d_5l", "index")
    assert index.improvement is index.decline is index.between_groups is None
    assert (index.sensitivity.low, index.sensitivity.high) == (0.03, 0.08)
    assert index.low == pytest.approx(-0.758)
    assert find_scale("qlq_c30", "CF").between_groups is None
    assert find_scale("qlq_c30", "FA").improvement.certainty == "RECALLED"


def test_rows_are_persons_by_occasion_by_scale_in_the_instruments_order():
    frame = pd.concat(
        [
            answers(person="p2", occasion="follow_up", q29=7, q30=7),
            state("11111"),
            answers(person="p2", q29=1, q30=1),
            answers(person="p1", occasion="end", q29=None),
        ]
    )
    found = score_items(frame.iloc[::-1], instrument="qlq_c30")
    assert list(found.columns) == ["person_id", "instrument", "occasion", "scale", "score", "items_answered"]
    forms = found.loc[found["scale"] == "QL2", ["person_id", "occasion", "score", "items_answered"]]
    assert forms.fillna({"score": -1}).astype(object).to_numpy().tolist() == [
        ["p1", "end", -1, 0],
        ["p2", "baseline", 0, 2],
        ["p2", "follow_up", 100, 2],
    ]
    assert len(found) == 45
    assert list(found["scale"][:15]) == [scale.name for scale in INSTRUMENTS["qlq_c30"].scales]
    assert list(found["occasion"].cat.categories) == list(OCCASION)
    pd.testing.assert_frame_equal(found, score_items(frame, instrument="qlq_c30"))


def test_all_missing_and_none_at_all():
    every = {f"q{item}": None for item in range(1, 31)}
    found = score_items(answers(**every), instrument="qlq_c30")
    assert found["score"].isna().all()
    assert (found["items_answered"] == 0).all()
    none = score_items(answers(), instrument="eq_5d_5l")
    assert none.empty
    assert list(none.dtypes) == list(found.dtypes)


def test_items_are_not_changed():
    frame = answers(q29=3, q30=4)
    before = frame.copy()
    score_items(frame, instrument="qlq_c30")
    pd.testing.assert_frame_equal(frame, before)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_scores_lie_in_range_and_follow_every_item(data):
    known = INSTRUMENTS[data.draw(st.sampled_from(list(INSTRUMENTS)))]
    first = {item: data.draw(st.one_of(st.none(), st.integers(low, high))) for item, (low, high) in known.items.items()}
    moved = data.draw(st.sampled_from(list(known.items)))
    low, high = known.items[moved]
    first[moved] = data.draw(st.integers(low, high - 1))
    second = first | {moved: data.draw(st.integers(first[moved] + 1, high))}
    frames = [answers(known.name, **{f"q{item}": value for item, value in each.items()}) for each in (first, second)]
    before, after = (scores(frame, known.name) for frame in frames)
    for scale in known.scales:
        if np.isnan(before[scale.name]):
            assert np.isnan(after[scale.name])
            continue
        assert scale.low <= before[scale.name] <= scale.high
        if moved not in scale.items:
            assert after[scale.name] == before[scale.name]
        else:
            assert (after[scale.name] < before[scale.name]) == scale.items_turned


def test_scores_equal_those_of_r():
    expected = pd.read_csv(REFERENCE / "instruments.csv", dtype={"person_id": str})
    frame = pd.read_csv(REFERENCE / "instruments_items.csv", dtype={"person_id": str, "item": str})
    frame = cast_to_contract("items", frame)
    for name, rows in expected.groupby("instrument"):
        found = score_items(frame, instrument=name)
        both = rows.merge(found, on=["person_id", "occasion", "scale"], how="outer", suffixes=("_r", ""))
        assert len(both) == len(rows) == len(found)
        np.testing.assert_allclose(both["score"], both["score_r"], rtol=1e-12, atol=1e-12)
        assert both["score"].isna().any()


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (answers(q31=1), r"qlq_c30 has no item '31' \(nearest: .*\) \(1 row, first: 0\)"),
        (answers(q1=5), "the column answer is none of the answers of its item"),
        (answers(q29=0, q30=8), r"\(2 rows, first: 0, 1\)"),
        (pd.concat([answers(q1=1), answers(q1=1)]), "a person answers an item more than once on one occasion"),
        (answers(q1=1).drop(columns=["occasion", "answer"]), "the items lack the columns occasion, answer"),
        (answers(occasion="later", q1=1), "the column occasion has no value it may have"),
        (answers(person=None, q1=1), "the column person_id has no value it may have"),
    ],
)
def test_refusals(frame, said):
    with pytest.raises(ValueError, match=said):
        score_items(frame, instrument="qlq_c30")


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"the scoring of 'qlq-c30' is not known \(nearest: qlq_c30\)"):
        score_items(answers(), instrument="qlq-c30")
    with pytest.raises(ValueError, match=r"qlq_c30 has no scale 'PF' \(nearest: PF2\); it has QL2, PF2"):
        find_scale("qlq_c30", "PF")
    with pytest.raises(ValueError, match="the scoring of 'hads' is not known"):
        find_scale("hads", "anxiety")
