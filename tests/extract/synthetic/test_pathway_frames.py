"""Persons on their way, drawn directly: frequencies against the chances that are said, shape, refusals."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.synthetic.pathway_frames import (
    AGE_GROUPS,
    LEVELS,
    SHARE_EDUCATION,
    STAGES,
    WORLDS,
    known_path,
    simulate_pathway,
)

YES_NO = ["referred", "interview_attended", "started"]
BOOKED, ATTENDED = "sessions_booked", "sessions_attended"
CELL = ["age_group", "sex", "education"]


@pytest.fixture(scope="module", params=WORLDS)
def world(request):
    return request.param


@pytest.fixture(scope="module")
def frame(world):
    return simulate_pathway(world, n=120_000, rng=np.random.default_rng(8))


def expected_of(frame) -> pd.DataFrame:
    """The chances of each person's own stages, from the attrs alone."""
    said = frame.attrs
    place = {tuple(pattern): k for k, pattern in enumerate(said["patterns"])}
    pattern = [place[pair] for pair in frame[["age_group", "sex"]].astype(str).itertuples(index=False, name=None)]
    chances = np.array(said["chances"])[:, pattern, frame["education"].cat.codes]
    return pd.DataFrame(chances.T, columns=said["stages"])


def test_the_frame_is_one_row_a_person_with_few_patterns(frame):
    assert frame.columns.tolist() == ["person_id", "education", "age_group", "sex", *STAGES]
    assert frame["person_id"].is_unique
    assert frame["education"].cat.ordered
    assert tuple(frame["education"].cat.categories) == LEVELS == EDUCATION[:4]
    assert len(frame.groupby(CELL, observed=True)) == len(AGE_GROUPS) * 2 * 4 <= 80
    assert frame.notna().all(axis=None)


def test_nobody_comes_further_than_the_stage_before_lets_them(frame):
    for before, after in pairwise(YES_NO):
        assert set(frame[before].unique()) == {0, 1}
        assert (frame[after] <= frame[before]).all()
    assert ((frame[BOOKED] > 0) == (frame["started"] == 1)).all()
    assert frame[ATTENDED].between(0, frame[BOOKED]).all()


@pytest.mark.parametrize("stage", YES_NO)
def test_shares_are_the_chances(frame, stage):
    """Of each of 32 cells within 4.5 errors of the binomial."""
    here = pd.Series(True, frame.index) if stage == "referred" else frame[YES_NO[YES_NO.index(stage) - 1]] == 1
    cells = frame.assign(chance=expected_of(frame)[stage])[here].groupby(CELL, observed=True)
    chance, n = cells["chance"].first(), cells.size()
    assert (cells["chance"].nunique() == 1).all()
    error = np.sqrt(chance * (1 - chance) / n)
    assert ((cells[stage].mean() - chance).abs() < 4.5 * error).all()


def test_means_of_sessions_are_those_said_and_spread_more_than_their_models_think(frame):
    started = frame.join(expected_of(frame).add_suffix("_expected"))[frame["started"] == 1]
    error = 4.5 / math.sqrt(len(started))
    off = started[BOOKED] - started[f"{BOOKED}_expected"]
    assert abs(off.mean()) < error * off.std()
    assert (off**2 / started[f"{BOOKED}_expected"]).mean() > 2  # 1 for a Poisson count
    chance = started[f"{ATTENDED}_expected"]
    off = started[ATTENDED] - started[BOOKED] * chance
    assert abs(off.mean()) < error * off.std()
    assert (off**2 / (started[BOOKED] * chance * (1 - chance))).mean() > 1.5  # 1 for a binomial one
    for level in LEVELS:  # the chance to attend does not hang on how many are booked
        few = started[(started["education"] == level) & (started[BOOKED] <= 3)]
        off = few[ATTENDED] - few[BOOKED] * few[f"{ATTENDED}_expected"]
        assert abs(off.mean()) < 4.5 * off.std() / math.sqrt(len(few))


def test_shares_of_the_patterns_are_those_said(frame):
    said = frame.attrs
    assert sum(said["share"]) == pytest.approx(1)
    patterns = pd.MultiIndex.from_tuples([tuple(pattern) for pattern in said["patterns"]])
    found = frame.groupby(["age_group", "sex"], observed=True).size() / len(frame)
    share = np.array(said["share"])
    assert (np.abs(found.loc[patterns] - share) < 4.5 * np.sqrt(share / len(frame))).all()
    education = frame["education"].value_counts(normalize=True, sort=False)
    assert education.tolist() == pytest.approx(list(SHARE_EDUCATION), abs=0.007)


def test_chances_by_hand():
    known = known_path("spread")
    place = known.patterns.index[(known.patterns["age_group"] == "75+") & (known.patterns["sex"] == "female")][0]
    # referred: -1.0 - 0.6 (75+) + 0.4 (women) + 0.5 (long higher education)
    assert known.chances[0, place, 3] == pytest.approx(1 / (1 + math.exp(0.7)))
    # sessions booked: exp(1.9 - 0.15 + 0.06 + 0.2)
    assert known.chances[3, place, 3] == pytest.approx(math.exp(2.01))
    # women of 75 and over: 0.32 * 0.52, 0.22 * 0.53, 0.15 * 0.56 and 0.12 * 0.56 of the educations
    share = 0.34 * 0.32 * 0.52 + 0.38 * 0.22 * 0.53 + 0.16 * 0.15 * 0.56 + 0.12 * 0.12 * 0.56
    assert known.share[place] == pytest.approx(share)


def test_education_acts_where_the_world_says():
    acts = {name: [np.diff(stage, axis=1).mean() for stage in known_path(name).chances] for name in WORLDS}
    signs = {name: [int(np.sign(round(value, 12))) for value in values] for name, values in acts.items()}
    assert signs == {
        "access": [1, 0, 0, 0, 0],
        "participation": [0, 1, 1, 1, 1],
        "spread": [1, 1, 1, 1, 1],
        "opposing": [-1, 1, 1, 1, 1],
    }


def test_the_same_seed_gives_the_same_and_worlds_differ_in_education_alone():
    first, again, other = (simulate_pathway("spread", n=500, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["referred"].equals(other["referred"])
    access = simulate_pathway("access", n=500, rng=np.random.default_rng(1))
    assert access[["education", "age_group", "sex", "referred"]].equals(
        first[["education", "age_group", "sex", "referred"]]
    )
    assert not access["interview_attended"].equals(first["interview_attended"])
    assert len(simulate_pathway("access", n=1, rng=np.random.default_rng(3))) == 1


def test_frames_can_be_put_together():
    frames = [simulate_pathway("spread", n=5, rng=np.random.default_rng(seed)) for seed in (1, 2)]
    assert pd.concat(frames).attrs["world"] == "spread"


def test_wrong_calls_are_refused():
    for wrong in (0, 2.5, True):
        with pytest.raises(ValueError, match="n must be a whole number of persons"):
            simulate_pathway("spread", n=wrong, rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match="rng must be a numpy Generator"):
        simulate_pathway("spread", rng=1)
    with pytest.raises(ValueError, match="no world 'default'; there are access, participation, spread, opposing"):
        simulate_pathway("default", rng=np.random.default_rng(1))
