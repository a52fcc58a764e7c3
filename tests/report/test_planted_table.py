"""Shares in time beside the planted chances: right persons, right limits, and a reason where there is no truth."""

import dataclasses

import numpy as np
import pytest

from rehab_stats.calendar import Deadline
from rehab_stats.estimate.monitoring.indicators import deadline_waits
from rehab_stats.extract.cohort.monitoring import monitoring_cohort
from rehab_stats.extract.files.reader import SIX_MUNICIPALITIES, load_extract
from rehab_stats.extract.synthetic.simulate import simulate_extract
from rehab_stats.report.planted_table import planted_chances, planted_table

TERMS = (Deadline("first_contact", 5), Deadline("needs_assessment", 10))


def waits_of(extract, terms=TERMS):
    cohort = monitoring_cohort(extract)
    clocks = {term.code: cohort.clock(term.code) for term in terms}
    return deadline_waits(clocks, deadlines=list(terms), extract_date=extract.meta.extract_date)


@pytest.fixture(scope="module")
def six():
    return load_extract(SIX_MUNICIPALITIES)


def test_each_share_stands_beside_the_mean_chance_of_its_referrals(six):
    waits = waits_of(six)
    table = planted_table(waits, six)
    chances = planted_chances(six)
    counted = waits[(waits["deadline"] == "first_contact") & waits["in_time"].notna() & (waits["municipality"] == "B")]
    counted = counted[counted["person_id"].isin(chances.index)]  # patients with a cancer, 30 or more
    truth = chances["first_contact"].loc[counted["person_id"]].mean()
    line = table.body.iloc[1]
    assert line["Municipality"] == "B"
    assert line["Truth"] == f"{100 * truth:.1f}"
    assert line["% (95 % CI)"].startswith(f"{100 * counted['in_time'].mean():.1f} (")
    assert len(table.body) == 12
    assert table.groups[0] == "First contact within 5 working days"
    assert table.data["truth"].between(0, 1).all()


def test_intervals_hold_the_planted_chance_as_often_as_they_say():
    held = []
    for seed in range(16):
        extract = simulate_extract("six_municipalities", n=4000, rng=np.random.default_rng(seed), validate=False)
        waits = waits_of(extract)
        chances = extract.truth.set_index("person_id")
        counted = waits[waits["in_time"].notna() & waits["person_id"].isin(chances.index)]
        for (deadline, _), mine in counted.groupby(["deadline", "municipality"]):
            truth = chances[f"chance_{deadline}"].loc[mine["person_id"]].mean()
            n, k = len(mine), mine["in_time"].sum()
            z = 1.959963984540054
            middle, reach = (k + z**2 / 2) / (n + z**2), z * np.sqrt(k * (n - k) / n + z**2 / 4) / (n + z**2)
            held.append(abs(truth - middle) <= reach)
    # 192 intervals: three standard errors about 0.95
    assert 0.90 <= np.mean(held) <= 0.995


def test_real_persons_have_no_truth(six):
    real = dataclasses.replace(six, meta=dataclasses.replace(six.meta, synthetic=False))
    table = planted_table(waits_of(six), real)
    assert len(table.body) == 1
    assert "Truth" in table.body.columns
    assert "ingen" in " ".join(planted_table(waits_of(six), real, language="da").body.iloc[0]).lower()


def test_other_limits_days_off_and_extracts_have_no_truth(six):
    waits = waits_of(six, [Deadline("first_contact", 4)])
    assert "other limits or days off have no truth" in planted_table(waits, six).body.iloc[0, 1]
    assert "other limits or days off have no truth" in planted_table(waits_of(six), six, closed=()).body.iloc[0, 1]
    said = planted_table(waits_of(six), load_extract(), language="da").body.iloc[0, 1]
    assert said.startswith("Der er ikke indlagt nogen chance")
    with pytest.raises(ValueError, match="not that of the six invented municipalities"):
        planted_chances(load_extract())
    other = dataclasses.replace(six, meta=dataclasses.replace(six.meta, seed=1))
    with pytest.raises(ValueError, match="not what its scenario and seed give"):
        planted_chances(other)
