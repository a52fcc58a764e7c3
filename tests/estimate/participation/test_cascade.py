"""cascade: by hand, against R, known truth, invariance, stages out of order, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.participation.cascade import cascade
from rehab_stats.vocabulary import TIDY_COLUMNS

STAGES = {"asked": "referred", "came": "later", "stayed": "rare"}
MEASURES = ["risk", "risk_difference", "transition", "transition_difference"]
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]


@pytest.fixture(scope="module")
def staged(persons):
    """Three stages out of columns that are there; nobody of `unknown` reaches the last."""
    return persons.assign(later=(persons["event"] == 1).astype(int))


def _cascade(data, **options):
    return cascade(data, **({"stages": STAGES, "exposure": "education"} | options))


def _data(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


# 6 of level a: 5 booked, 4 of these came; 4 of level b: 2 booked, 1 of these came
PAPER = _data(level=list("aaaaaabbbb"), booked=[1, 1, 1, 1, 1, 0, 1, 1, 0, 0], came=[1, 1, 1, 1, 0, 0, 1, 0, 0, 0])
PAPER_CALL = {"stages": {"booked": "booked", "came": "came"}, "exposure": "level"}


# ---- by hand


def test_ten_persons_on_paper():
    tidy = cascade(PAPER, **PAPER_CALL).tidy().set_index(["outcome", "measure", "level"])
    expected = {
        ("booked", "risk", "a"): (5 / 6, 6, 5),
        ("booked", "risk", "b"): (2 / 4, 4, 2),
        ("booked", "transition", "a"): (5 / 6, 6, 5),
        ("booked", "risk_difference", "b"): (2 / 4 - 5 / 6, 4, 2),
        ("came", "risk", "a"): (4 / 6, 6, 4),
        ("came", "risk", "b"): (1 / 4, 4, 1),
        ("came", "transition", "a"): (4 / 5, 5, 4),
        ("came", "transition", "b"): (1 / 2, 2, 1),
        ("came", "transition_difference", "b"): (1 / 2 - 4 / 5, 2, 1),
    }
    for key, (share, n, events) in expected.items():
        row = tidy.loc[key]
        assert row["estimate"] == pytest.approx(share), key
        assert (row["n"], row["events"]) == (n, events), key
    error = tidy.loc[("came", "transition_difference", "b"), "std_error"]
    assert error == pytest.approx(np.sqrt(0.5 * 0.5 / 2 + 0.8 * 0.2 / 5))


def test_the_count_behind_a_stage_is_the_size_behind_the_next_transition():
    tidy = cascade(PAPER, **PAPER_CALL).tidy().set_index(["outcome", "measure", "level"])
    for level in "ab":
        assert tidy.loc[("booked", "risk", level), "events"] == tidy.loc[("came", "transition", level), "n"]


def test_newcombe_s_own_example():
    """10 of 10 and 0 of 20: 0.6791 to 1.0000 by method 10 (Newcombe 1998, table II, row h)."""
    data = _data(level=["a"] * 20 + ["b"] * 10, came=[0] * 20 + [1] * 10)
    row = cascade(data, stages={"came": "came"}, exposure="level").select(measure="risk_difference").tidy().iloc[0]
    assert row["estimate"] == 1
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx([0.6791, 1.0], abs=5e-5)
    assert np.isnan(row["p_value"])


# ---- against R


def test_against_glm_and_prop_test(staged, read_reference):
    """Levels on their own and against the first: tests/reference/cascade.R."""
    reference = read_reference("cascade")
    codes = {column: stage for stage, column in STAGES.items()}
    got = _cascade(staged).tidy()
    checked = 0
    for case, expected in reference.groupby(level=0, sort=False):
        column, measure = case.split(":")
        rows = got[(got["outcome"] == codes[column]) & (got["measure"] == measure)].set_index("level")
        for level, wanted in expected.set_index("level").iterrows():
            np.testing.assert_allclose(
                rows.loc[level, [*NUMBERS, "p_value"]].astype(float),
                wanted[[*NUMBERS, "p_value"]],
                rtol=1e-6,
                atol=1e-15,
            )
            assert rows.loc[level, ["n", "events"]].tolist() == wanted[["n", "events"]].tolist()
            checked += 1
    assert checked == len(reference)
    assert len(got) == checked + 2  # the differences of a level in which nobody reaches the last stage


# ---- known truth


def test_intervals_cover_the_truth():
    rng, hits, size = np.random.default_rng(3), np.zeros(4), 0
    truth = np.array([0.6 * 0.3, 0.6 * 0.3 - 0.8 * 0.5, 0.3, 0.3 - 0.5])
    for _ in range(100):
        level = rng.integers(0, 2, 160)
        first = rng.random(160) < np.where(level, 0.6, 0.8)
        then = first & (rng.random(160) < np.where(level, 0.3, 0.5))
        data = _data(level=level, first=first, then=then)
        rows = cascade(data, stages={"first": "first", "then": "then"}, exposure="level").tidy()
        rows = rows[(rows["outcome"] == "then") & (rows["level"] == "1")].set_index("measure").loc[MEASURES]
        hits += ((rows["conf_low"] < truth) & (truth < rows["conf_high"])).to_numpy()
        size += 1
    assert (hits / size > 0.88).all()
    assert (hits / size < 1).all()


# ---- shape


def test_rows_in_the_order_of_the_stages(staged):
    found = _cascade(staged)
    tidy = found.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    assert tidy["outcome"].drop_duplicates().tolist() == list(STAGES)
    first = tidy[tidy["outcome"] == "asked"]
    assert first["measure"].tolist() == [m for m, k in zip(MEASURES, [4, 3, 4, 3], strict=True) for _ in range(k)]
    assert (tidy["model"] == "crude").all()
    differences = found.select(measure=["risk_difference", "transition_difference"])
    assert (differences.tidy()["reference"] == "basic").all()
    assert differences.details()["n_reference"].iloc[0] == (staged["education"] == "basic").sum()
    assert found.context["stages"] == list(STAGES)
    assert found.diagnostics["rows_used"] == len(staged)


def test_differences_against_another_level(staged):
    got = _cascade(staged, reference="higher").select(measure="risk_difference", outcome="came").tidy()
    assert got["level"].tolist() == ["basic", "vocational", "unknown"]
    up = _cascade(staged).select(measure="risk_difference", outcome="came", level="higher").tidy()["estimate"].iloc[0]
    assert got["estimate"].iloc[0] == pytest.approx(-up)


def test_a_stage_nobody_of_a_level_reached_has_no_transition_from_it():
    data = PAPER.assign(stayed=PAPER["came"], came=PAPER["came"].where(PAPER["level"] == "a", 0))
    found = cascade(data, stages={"came": "came", "stayed": "stayed"}, exposure="level")
    rows = found.select(outcome="stayed").tidy()
    assert rows["level"][rows["measure"] == "transition"].tolist() == ["a"]
    assert "transition_difference" not in set(rows["measure"])
    assert found.diagnostics["transition_empty"] == "stayed: b"
    assert found.tidy()["estimate"].notna().all()
    assert found.diagnostics["skipped.stayed"] == 1


def test_who_skips_a_stage_counts_in_its_share_and_not_in_its_transition():
    data = PAPER.assign(booked=PAPER["booked"].where(PAPER.index != 0, 0))
    found = cascade(data, **PAPER_CALL)
    tidy = found.select(outcome="came", level="a").tidy().set_index("measure")
    assert tidy["estimate"].to_dict() == pytest.approx({"risk": 4 / 6, "transition": 3 / 4})
    assert found.diagnostics["skipped.came"] == 1


def test_nested_stages_are_passed_by_whoever_got_further():
    # one of b came without having been booked
    skipping = PAPER.assign(came=[1, 1, 1, 1, 0, 0, 1, 0, 1, 0])
    found = cascade(skipping, **PAPER_CALL, nested=True)
    rows = found.tidy().set_index(["outcome", "measure", "level"])
    assert tuple(rows.loc[("booked", "risk", "b"), ["n", "events"]]) == (4, 3)
    assert tuple(rows.loc[("came", "transition", "b"), ["n", "events"]]) == (3, 2)
    assert found.diagnostics["skipped.came"] == 1
    assert "a later stage counting" in found.method
    # where nobody skips, nothing changes
    same = cascade(PAPER, **PAPER_CALL, nested=True).tidy()
    pd.testing.assert_frame_equal(same, cascade(PAPER, **PAPER_CALL).tidy())


def test_shares_of_none_and_of_all_have_wilson_s_limits():
    data = _data(level=["a"] * 5 + ["b"] * 7, came=[0] * 5 + [1] * 7)
    rows = cascade(data, stages={"came": "came"}, exposure="level").select(measure="risk").tidy()
    z2 = 1.959963984540054**2
    assert rows["conf_low"].tolist() == pytest.approx([0, 7 / (7 + z2)])
    assert rows["conf_high"].tolist() == pytest.approx([z2 / (5 + z2), 1])
    assert rows["std_error"].tolist() == [0, 0]


def test_rows_that_miss_a_stage_are_dropped_and_counted():
    data = PAPER.astype({"came": float})
    data.loc[2, "came"] = np.nan
    found = cascade(data, **PAPER_CALL)
    assert (found.diagnostics["rows_used"], found.diagnostics["rows_dropped"]) == (9, 1)
    pd.testing.assert_frame_equal(found.tidy(), cascade(PAPER.drop(2), **PAPER_CALL).tidy())


# ---- invariance


def test_order_of_rows_flags_and_nullable_numbers_change_nothing(staged):
    expected = _cascade(staged).tidy()
    pd.testing.assert_frame_equal(_cascade(staged.sample(frac=1, random_state=2)).tidy(), expected)
    for kind in (bool, "Int64", "boolean"):
        other = staged.assign(**{column: staged[column].astype(kind) for column in STAGES.values()})
        pd.testing.assert_frame_equal(_cascade(other).tidy(), expected)
    before = staged.copy(deep=True)
    _cascade(staged)
    pd.testing.assert_frame_equal(staged, before)


def test_every_row_twice_gives_the_same_shares_and_errors_smaller_by_the_root_of_two(staged):
    once, twice = _cascade(staged).tidy(), _cascade(pd.concat([staged, staged])).tidy()
    np.testing.assert_allclose(twice["estimate"], once["estimate"], rtol=1e-12)
    np.testing.assert_allclose(twice["std_error"], once["std_error"] / np.sqrt(2), rtol=1e-12)
    assert (twice["events"] == 2 * once["events"]).all()


def test_names_of_levels_change_nothing_but_themselves(staged):
    renamed = staged.assign(education=staged["education"].cat.rename_categories({"higher": "Æ [3]"}))
    expected = _cascade(staged).tidy()
    expected["level"] = expected["level"].replace("higher", "Æ [3]")
    pd.testing.assert_frame_equal(_cascade(renamed).tidy(), expected)


# ---- refusal


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.assign(came=d["came"] * 2), "came must be 0 or 1: 5 rows are not"),
        (lambda d: d.assign(came="yes"), "came must be numbers"),
        (lambda d: d[d["level"] == "a"], "everybody has level = 'a'"),
        (lambda d: d.assign(came=np.nan), "no row has a value in each of level, booked, came"),
        (lambda d: d.head(0), "data has no rows"),
    ],
)
def test_data_that_cannot_be_used(change, message):
    with pytest.raises(ValueError, match=message):
        cascade(change(PAPER), **PAPER_CALL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stages": {}}, "stages must be a mapping .* with at least one stage"),
        ({"stages": ["booked"]}, "stages must be a mapping"),
        ({"stages": {"one": "booked", "two": "booked"}}, "the column 'booked' stands for two stages"),
        ({"stages": {"one": "boked"}}, "data has no column 'boked'; did you mean 'booked'"),
    ],
)
def test_calls_that_no_data_could_satisfy(options, message):
    with pytest.raises(WrongCall, match=message):
        cascade(PAPER, **(PAPER_CALL | options))
