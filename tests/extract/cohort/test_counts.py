"""The cohort from counts: by hand, beside the cohort from persons, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.gradient import odds_ratios
from rehab_stats.extract.cohort.access import access_adjustment, access_cohort
from rehab_stats.extract.cohort.counts import CELL, access_from_counts
from rehab_stats.extract.columns import TABLES, cast_to_contract
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.synthetic.simulate import simulate_extract

from ..conftest import extract_of

HOME = {
    "municipality": "101",
    "period": "2010",
    "sex": "female",
    "age_group": "50-64",
    "education": "basic",
    "diagnosis_group": "breast",
    "diagnosed": 5,
}


def counted(*cells, people=(({}, [{}], ["2010-07-01"]),), **parameters):
    """The cohort of these cells (changes to one of five women of 101) and of people, diagnosed at 60 in 2010."""
    extract = extract_of(*people)
    denominators = cast_to_contract("denominators", pd.DataFrame([HOME | cell for cell in cells]))
    return access_from_counts(Extract({**extract.tables, "denominators": denominators}, extract.meta), **parameters)


def flow_of(cohort):
    flow = cohort.flow.tidy().set_index("level")["estimate"]
    return {level: int(count) for level, count in flow.items() if count}


def test_everyone_diagnosed_is_a_row_and_the_referred_are_marked():
    risk_set = counted({}, {"sex": "male", "diagnosed": 2}).risk_set
    assert len(risk_set) == 7
    assert list(risk_set["sex"]) == ["female"] * 5 + ["male"] * 2
    assert list(risk_set["referred"]) == [1, 0, 0, 0, 0, 0, 0]
    assert set(CELL) < set(risk_set)
    assert risk_set["person_id"].is_unique
    for axis in ("sex", "age_group", "period", "education", "diagnosis_group"):
        assert risk_set[axis].cat.ordered


def test_the_horizon_has_two_sides():
    for day, referred in (("2011-06-15", 1), ("2011-06-16", 0)):
        assert counted({}, people=[({}, [{}], [day])]).risk_set["referred"].sum() == referred


def test_a_period_must_be_observable_whole():
    cells = [{"period": period, "diagnosed": count} for period, count in (("2008", 7), ("2009", 11), ("2010", 13))]
    cells += [{"period": "2011", "diagnosed": 17}, {"period": "2012", "diagnosed": 19}]
    cohort = counted(*cells)
    assert flow_of(cohort) == {
        "diagnosed_in_cells": 67,
        "diagnosed_before_registration": 7,
        "horizon_not_observed": 19,
        "risk_set": 41,
    }
    assert flow_of(counted(*cells, horizon_days=366))["horizon_not_observed"] == 19  # 2012 is a leap year
    assert flow_of(counted(*cells, horizon_days=367))["horizon_not_observed"] == 36
    assert list(cohort.risk_set["period"].cat.categories) == ["2009", "2010", "2011"]


def test_cells_left_out_and_persons_the_cells_are_not_about():
    people = [({}, [{"municipality": place}], ["2010-07-01"]) for place in ("101", "147", None, "155")]
    people += [
        ({"birth_date": "1930-01-01"}, [{}], ["2010-07-01"]),
        ({"birth_date": "1985-01-01"}, [{}], ["2010-07-01"]),
    ]
    cells = [{}, {"municipality": "147", "diagnosed": 3}, {"age_group": "18-29", "diagnosed": 2}]
    cohort = counted(*cells, people=people, municipalities=["0101"])
    assert flow_of(cohort) == {
        "diagnosed_in_cells": 10,
        "referred_outside_cells": 1,  # who was born in 1930: the other places were not asked for
        "below_age_min": 2,
        "other_municipality": 3,
        "risk_set": 5,
    }
    assert flow_of(counted(*cells, people=people))["referred_outside_cells"] == 3


def test_education_in_three_levels_joins_cells():
    cells = [{"education": "short_or_medium_higher"}, {"education": "long_higher", "diagnosed": 1}]
    people = [({"education": "long_higher"}, [{}], ["2010-07-01"])] * 1 + [
        ({"education": "long_higher"}, [{}], ["2010-08-01"])
    ]
    three = counted(*cells, people=people).risk_set
    assert list(three["education"].unique()) == ["long"]
    assert three["referred"].sum() == 2
    with pytest.raises(ValueError, match="fewer persons diagnosed than referred"):
        counted(*cells, people=people, education_levels=4)


def test_hazards_are_refused_in_one_sentence():
    cohort = counted({})
    for name in ("hazard_set", "since_registration"):
        with pytest.raises(ValueError, match=r"^hazards need days to referral, and the persons not referred are only"):
            getattr(cohort, name)


@pytest.mark.parametrize(
    ("cells", "parameters", "said"),
    [
        ([{"diagnosed": 0}, {"sex": "male"}], {}, r"101; 2010; female; 50-64; short; breast$"),
        ([{"sex": "male"}], {}, r"101; 2010; female; 50-64; short; breast$"),
        ([{}], {"age_min": 60}, r"^age_min 60 cuts the age group 50-64 of denominators in two$"),
        ([{"period": "2007"}], {}, r"^no cell of denominators is left"),
        ([{}], {"horizon_days": 0}, "horizon_days must be at least 1; got 0"),
        ([{}], {"education_levels": 5}, "education_levels must be 3 or 4; got 5"),
        ([{}], {"referral": "any"}, "referral must be 'first_accepted' or 'first'"),
        ([{}], {"municipalities": "101"}, "municipalities must be a list of codes"),
    ],
)
def test_what_is_refused_names_the_cell_and_no_count(cells, parameters, said):
    with pytest.raises(ValueError, match=said):
        counted(*cells, **parameters)


def test_without_denominators_it_is_refused():
    with pytest.raises(ValueError, match=r"^the extract has no table denominators"):
        access_from_counts(extract_of(({}, [{}], [])))


@pytest.fixture(scope="module")
def simulated():
    """A simulated extract, its cohort, and the same with cells counted from it and only the referred left."""
    extract = simulate_extract("default", n=4000, rng=np.random.default_rng(3))
    whole = access_cohort(extract)
    persons = whole.persons
    stays = extract["persons"].set_index("person_id")
    education = stays.loc[persons["person_id"], "education"].fillna("unknown").to_numpy()
    period = np.where(persons["year"] < 2009, "2007-2008", persons["year"].astype(str))
    cells = persons.assign(education=education, period=period, municipality=persons["municipality"].fillna("101"))
    cells = cells.groupby(list(CELL), observed=True).size().rename("diagnosed").reset_index()
    cells = cells.astype({name: str for name in CELL})
    received = extract["referrals"]["person_id"]
    tables = {name: extract[name] for name in ("persons", "diagnoses", "referrals")}
    for name in ("persons", "diagnoses"):
        tables[name] = tables[name][tables[name]["person_id"].isin(received)]
    tables["denominators"] = cast_to_contract("denominators", cells)
    return whole, Extract(tables, extract.meta)


def test_risks_from_counts_are_those_from_persons_but_for_who_emigrated(simulated):
    whole, extract = simulated
    counts = access_from_counts(extract)
    persons, rows = whole.risk_set, counts.risk_set
    left = whole.flow.tidy().set_index("level")["estimate"]["emigrated_within_horizon"]
    # the last year's first day, 1 January 2012, can be observed over 365 days: persons have it, periods do not
    one_day = (persons["year"] == 2012).sum()
    assert len(rows) == pytest.approx(len(persons) - one_day + left, abs=3)
    assert rows["referred"].sum() == pytest.approx(persons.loc[persons["year"] < 2012, "referred"].sum(), abs=3)
    options = {"outcome": "referred", "exposure": "education"}
    ours = odds_ratios(rows, **options, adjust=access_adjustment(persons=rows)["age_sex_year"]).tidy()
    theirs = odds_ratios(persons, **options, adjust=["age_group", "sex", "period"]).tidy()
    assert list(ours["level"]) == list(theirs["level"])
    np.testing.assert_allclose(np.log(ours["estimate"] / theirs["estimate"]), 0, atol=0.05)


def test_row_order_changes_nothing(simulated):
    _, extract = simulated
    shuffled = Extract({name: extract[name].iloc[::-1] for name in extract}, extract.meta)
    pd.testing.assert_frame_equal(access_from_counts(extract).persons, access_from_counts(shuffled).persons)


def test_every_column_of_a_cell_is_one_of_the_contract():
    assert TABLES["denominators"].key == CELL
