"""unmeasured_cause: against R, against no cause at all, planted causes found again, refusal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from rehab_stats import pathway, unmeasured_cause
from rehab_stats.estimate.model.sample import WrongCall

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STAGES = {name: name for name in ("referred", "interview", "started")}
ADJUSTED = ["age", "sex", "year"]


def _at(data, strengths, shift=0.0, exposure="education", adjust=ADJUSTED, stages=STAGES):
    return unmeasured_cause(data, stages=stages, exposure=exposure, adjust=adjust, strengths=strengths, shift=shift)


@pytest.mark.parametrize(("strength", "shift"), [(0, 0), (0.5, 0), (1, 0), (2, 0), (1, 0.5)])
def test_every_number_of_r(persons, strength, shift):
    expected = pd.read_csv(REFERENCE / "pathway_selection.csv").query("s == @strength and rho == @shift")
    found = _at(persons, [strength], shift)
    got = found.tidy().set_index(["outcome", "level", "measure"])["estimate"]
    rows = expected[(expected["reading"] == "shapley") & expected["measure"].str.contains("contribution")]
    assert len(rows) == 4 * 3 * 2
    for row in rows.itertuples():
        assert got.loc[row.stage, row.level, row.measure] == pytest.approx(row.value, rel=1e-5, abs=1e-7), row
    terms = expected[(expected["measure"] == "coefficient") & expected["level"].isin(persons["education"].unique())]
    for row in terms.itertuples():
        assert np.log(got.loc[row.stage, row.level, "odds_ratio"]) == pytest.approx(row.value, rel=1e-5, abs=1e-6)
    value = expected.loc[expected["measure"] == "log_likelihood", "value"].item()
    assert found.diagnostics[f"log_likelihood.{strength:g}"] == pytest.approx(value, rel=1e-8)


def test_without_a_cause_it_is_the_shapley_reading(persons):
    plain = pathway(persons, stages=STAGES, exposure="education", adjust=ADJUSTED, reading="shapley", draws=2)
    got = _at(persons, [0]).select(measure=["contribution", "log_contribution"]).tidy()
    wanted = plain.select(measure=["contribution", "log_contribution"]).tidy()
    key = ["outcome", "level", "measure"]
    both = got.merge(wanted, on=key, suffixes=("", "_plain"))
    assert len(both) == len(got)
    np.testing.assert_allclose(both["estimate"], both["estimate_plain"], rtol=1e-8, atol=1e-11)
    np.testing.assert_array_equal(both[["n", "events"]], both[["n_plain", "events_plain"]])


def test_errors_are_those_of_the_bootstrap(persons):
    """Without a cause: within a third of the spread of 300 draws, persons drawn within levels."""
    draws = pathway(persons, stages=STAGES, exposure="education", adjust=ADJUSTED, reading="shapley", draws=300)
    key = ["outcome", "level"]
    wanted = draws.select(measure="contribution").tidy().set_index(key)["std_error"]
    got = _at(persons, [0]).select(measure="contribution").tidy().set_index(key)["std_error"]
    np.testing.assert_allclose(got, wanted[got.index], rtol=0.34)


def test_a_planted_cause_is_taken_out():
    """Both levels alike but at the first stage, all stages with a common cause of strength 1.5: the later stages differ
    by level only through who is left, and do not once the cause is in the model."""
    rng, n = np.random.default_rng(3), 150_000
    level, cause = rng.integers(0, 2, n), rng.standard_normal(n)
    here, data = np.ones(n, dtype=bool), {"level": level}
    for name, gap in (("referred", 1.5), ("interview", 0.0), ("started", 0.0)):
        here = here & (rng.random(n) < expit(-0.5 + gap * level + 1.5 * cause))
        data[name] = here.astype(int)
    found = _at(pd.DataFrame(data), [0, 1.5], exposure="level", adjust=())
    rows = found.select(measure="odds_ratio").tidy().set_index(["at", "outcome"])
    assert rows.loc[(0.0, "interview"), "conf_high"] < 0.9  # selection: fewer and keener of the lower level are left
    for stage, truth in (("referred", np.exp(1.5)), ("interview", 1.0), ("started", 1.0)):
        row = rows.loc[1.5, stage]
        assert abs(np.log(row["estimate"] / truth)) < 4 * row["std_error"]


def test_levels_that_differ_in_the_cause_from_the_start():
    """The lower level has more of it; the shift given, what the level itself does is found again."""
    rng, n = np.random.default_rng(4), 150_000
    level = rng.integers(0, 2, n)
    cause = -0.4 * (level - 0.5) + rng.standard_normal(n)  # ridits 1/4 and 3/4: shift * 1/2
    here, data = np.ones(n, dtype=bool), {"level": level}
    for name, gap in (("referred", 0.6), ("started", 0.3)):
        here = here & (rng.random(n) < expit(gap * level + cause))
        data[name] = here.astype(int)
    found = _at(pd.DataFrame(data), [1], -0.8, "level", (), {"referred": "referred", "started": "started"})
    ratios = found.select(measure="odds_ratio").tidy()
    assert (np.abs(np.log(ratios["estimate"]) - [0.6, 0.3]) < 4 * ratios["std_error"]).all()
    assert set(found.tidy()["stratum"]) == {"shift=-0.8"}


def test_parts_add_up(persons):
    rows = _at(persons, [1]).tidy()
    for measure in ("contribution", "log_contribution"):
        parts = rows[rows["measure"] == measure].pivot(index="outcome", columns="level", values="estimate")
        np.testing.assert_allclose(parts.drop("total").sum(), parts.loc["total"], atol=1e-10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strengths": []}, "strengths must be numbers from 0 on"),
        ({"strengths": [-1]}, "strengths must be numbers from 0 on"),
        ({"strengths": [1], "shift": "up"}, "shift must be a number"),
        ({"strengths": [1], "stages": STAGES | {"booked": "booked"}}, "leave out booked"),
    ],
)
def test_refusals(persons, options, message):
    with pytest.raises(WrongCall, match=message):
        _at(persons, **options)


def test_a_shift_needs_a_ladder(persons):
    unordered = persons.assign(education=pd.Categorical(persons["education"].astype(str)))
    call = {"stages": STAGES, "exposure": "education", "reference": "basic", "strengths": [1]}
    assert len(unmeasured_cause(unordered, **call))
    with pytest.raises(WrongCall, match="a category without order: a shift needs a ladder"):
        unmeasured_cause(unordered, **call, shift=-0.4)


def test_a_chance_of_one_is_refused(persons):
    sure = persons.assign(started=persons["interview"])
    with pytest.raises(ValueError, match="stage started: a fitted chance is 0 or 1"):
        _at(sure, [1])
