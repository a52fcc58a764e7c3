"""What so many pairs can show, and the standardised response mean: on paper, against R, by simulation, turned about."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from rehab_stats.estimate.change.sizes import (
    detectable,
    detectable_change,
    detectable_difference,
    standardised_response,
)
from rehab_stats.estimate.missing.imputation import impute
from rehab_stats.estimate.missing.pooling import rubin

LEVELS = ["short", "medium", "long"]
COLUMNS = {"baseline": "before", "followup": "after", "exposure": "education"}
MEAN, SD, SRM = "mean", "standard_deviation", "standardised_response_mean"


def frame(before, after, education, levels=("short", "long")):
    education = pd.Categorical(education, levels, ordered=True)
    return pd.DataFrame({"before": before, "after": after, "education": education})


@pytest.fixture(scope="module")
def seven():
    """Changes: short 2, 4, 6 and one without a follow-up; long 1, 1, 4."""
    before = [50.0, 60, 70, 80, 40, 50, 60]
    after = [52.0, 64, 76, np.nan, 41, 51, 64]
    return frame(before, after, ["short"] * 4 + ["long"] * 3)


def row(result, **wanted):
    chosen = result.tidy()
    for column, value in wanted.items():
        chosen = chosen[chosen[column].isna() if value is None else chosen[column] == value]
    assert len(chosen) == 1
    return chosen.iloc[0]


# What can be shown


@pytest.mark.parametrize(
    ("n", "sd", "points"),
    [
        ((76,), 15, 4.8),
        ((76,), 20, 6.4),
        ((76,), 25, 8.0),
        ((38, 38), 15, 9.6),
        ((38, 38), 20, 12.9),
        ((15, 25), 15, 13.7),
        ((15, 25), 20, 18.3),
    ],
)
def test_what_pairs_can_show_by_hand(n, sd, points):
    """2.80 SD sqrt(1/n + 1/m), printed to one decimal."""
    found = detectable_change(*n, sd_change=sd) if len(n) == 1 else detectable_difference(*n, sd_change=sd)
    assert round(found, 1) == points


def test_what_can_be_shown_is_found_with_the_power_asked_for():
    rng = np.random.default_rng(6)
    true, replicates = detectable_difference(40, 60, sd_change=20, power=0.9), 4000
    low = rng.normal(0, 20, (replicates, 40)).mean(axis=1)
    high = rng.normal(true, 20, (replicates, 60)).mean(axis=1)
    found = np.abs(high - low) > 1.959964 * 20 * np.sqrt(1 / 40 + 1 / 60)
    assert found.mean() == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / replicates))


def test_what_can_be_shown_turned_about():
    assert detectable_difference(15, 25, sd_change=20) == detectable_difference(25, 15, sd_change=20)
    assert detectable_difference(15, 25, sd_change=2) == pytest.approx(detectable_difference(15, 25, sd_change=20) / 10)
    assert detectable_change(76, sd_change=20, power=0.9) > detectable_change(76, sd_change=20)


def test_a_table_over_spreads():
    result = detectable({"short": 15, "medium": 36, "long": 25}, exposure="education", sd_changes=[15, 20])
    assert len(result) == 6
    long = row(result, level="long", at=20)
    assert (long["reference"], long["n"]) == ("short", 25)
    assert long["estimate"] == detectable_difference(15, 25, sd_change=20)
    every = row(result, level=None, at=15)
    assert (every["reference"], every["n"], every["estimate"]) == (None, 76, detectable_change(76, sd_change=15))
    assert result.details()["n_reference"].tolist()[:2] == [15, 15]
    other = detectable({"short": 15, "long": 25}, exposure="education", sd_changes=[20], reference="long")
    assert row(other, level="short")["reference"] == "long"
    assert "36" in result.view()._repr_html_()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: detectable_difference(1, 25, sd_change=20), "at least 2 persons"),
        (lambda: detectable_change(1, sd_change=20), "at least 2 persons"),
        (lambda: detectable_change(76, sd_change=0), "sd_change must be above zero"),
        (lambda: detectable_change(76, sd_change=float("nan")), "sd_change must be above zero"),
        (lambda: detectable_change(76, sd_change=20, power=1), "power must lie between 0.05, .* and 1; got 1"),
        (lambda: detectable_change(76, sd_change=20, power=0.02), "power must lie between"),
        (lambda: detectable({"a": 1, "b": 9}, exposure="e", sd_changes=[9]), "e = 'a' has too few pairs"),
        (lambda: detectable({"a": 3}, exposure="e", sd_changes=[9], reference="c"), "there is no level 'c' among a"),
    ],
)
def test_what_can_be_shown_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# The standardised response mean


def test_standardised_response_by_hand(seven):
    """short: mean 4, SD 2, 4/2 = 2, error sqrt(1/3 + 4/4); long: mean 2, SD sqrt(3); all: mean 3, SD 2."""
    result = standardised_response(seven, **COLUMNS)
    tidy = result.tidy()
    assert tidy["measure"].tolist() == [MEAN] * 3 + [SD] * 3 + [SRM] * 3
    assert tidy["level"].tolist() == ["short", "long", None] * 3
    assert tidy["estimate"].tolist() == pytest.approx([4, 2, 3, 2, np.sqrt(3), 2, 2, 2 / np.sqrt(3), 1.5])
    short = row(result, level="short", measure=SRM)
    assert short["std_error"] == pytest.approx(np.sqrt(4 / 3))
    assert short["conf_high"] == pytest.approx(2 + 4.302652730 * np.sqrt(4 / 3))
    assert tidy["n"].tolist() == tidy["events"].tolist() == [3, 3, 6] * 3
    assert result.details()["df"].tolist() == [2, 2, 5] * 3
    assert result.diagnostics == {"rows_used": 6, "rows_dropped": 1, "levels_empty": 0}
    assert tidy["p_value"].isna().all()


def test_standardised_response_as_r(read_reference):
    people = read_reference("mixed_data", "id")
    education = pd.Categorical(people["education"], LEVELS, ordered=True)
    data = people.assign(education=education).rename(columns={"score_1": "before", "score_2": "after"})
    result = standardised_response(data, **COLUMNS)
    expected = read_reference("sizes", "measure")
    for measure in (MEAN, SD, SRM):
        got, wanted = result.select(measure=measure).tidy(), expected.loc[measure]
        assert got["level"].fillna("").tolist() == wanted["level"].fillna("").tolist()
        for column in ("estimate", "std_error", "conf_low", "conf_high"):
            np.testing.assert_allclose(got[column], wanted[column], rtol=1e-8, err_msg=column)
    np.testing.assert_allclose(result.details()["df"][:4], expected.loc[MEAN, "df"])
    # the exact interval, by the noncentral t: within a tenth of this one's length, at either end, from 16 pairs on
    every, exact = result.select(measure=SRM).tidy(), expected.loc[SRM]
    length = (every["conf_high"] - every["conf_low"]).to_numpy()
    for mine, other in (("conf_low", "exact_low"), ("conf_high", "exact_high")):
        off = np.abs(every[mine].to_numpy() - exact[other].to_numpy()) / length
        assert (off[[0, 1, 3]] < 0.05).all()
        assert off[2] < 0.1  # 9 pairs


def test_errors_are_the_spread_over_samples_and_intervals_cover():
    rng = np.random.default_rng(12)
    replicates, n, true = 4000, 30, 0.5
    changes = rng.normal(10, 20, (replicates, n))
    ratio = changes.mean(axis=1) / changes.std(axis=1, ddof=1)
    one = frame(np.zeros(n), changes[0], ["short", "long"] * (n // 2))
    first = row(standardised_response(one, **COLUMNS), level=None, measure=SRM)
    errors = np.sqrt(1 / n + ratio**2 / (2 * (n - 1)))
    assert first["std_error"] == pytest.approx(errors[0])
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(ratio.std(), rel=4 / np.sqrt(2 * replicates))
    covered = np.abs(ratio - true) < student.ppf(0.975, n - 1) * errors
    assert covered.mean() == pytest.approx(0.95, abs=0.02)


def test_order_units_and_names_of_rows_change_nothing(seven):
    a = standardised_response(seven, **COLUMNS).tidy()
    shuffled = seven.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(a, standardised_response(shuffled, **COLUMNS).tidy())
    shifted = seven.assign(before=seven["before"] / 100 + 3, after=seven["after"] / 100 + 3)
    b = standardised_response(shifted, **COLUMNS).tidy()
    keep = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(a.loc[6:, keep].astype(float), b.loc[6:, keep].astype(float))
    np.testing.assert_allclose(a.loc[:5, keep].astype(float), 100 * b.loc[:5, keep].astype(float))


def test_rows_without_a_level_are_dropped_and_levels_without_rows_counted(seven):
    education = pd.Categorical([*seven["education"], None], LEVELS, ordered=True)
    more = seven.reindex([*range(7), 0]).reset_index(drop=True).assign(education=education)
    result = standardised_response(more, **COLUMNS)
    pd.testing.assert_frame_equal(result.tidy(), standardised_response(seven, **COLUMNS).tidy())
    assert result.diagnostics == {"rows_used": 6, "rows_dropped": 2, "levels_empty": 1}


def test_imputations_are_pooled_on_their_scales_by_hand(seven):
    copies = [seven.assign(after=seven["after"].fillna(value)) for value in (84.0, 88.0, 92.0)]
    before = [one.copy() for one in (seven, *copies)]
    result = standardised_response(seven, **COLUMNS, handling="imputation", imputations=copies)
    changes = np.array([[2, 4, 6, extra] for extra in (4, 8, 12)])
    means, sds = changes.mean(axis=1), changes.std(axis=1, ddof=1)
    for measure, values, variances in (
        (MEAN, means, sds**2 / 4),
        (SD, np.log(sds), np.full(3, 1 / 6)),
        (SRM, means / sds, 1 / 4 + (means / sds) ** 2 / 6),
    ):
        pooled, got = rubin(values, variances, 3), row(result, level="short", measure=measure)
        log = measure == SD
        assert got["estimate"] == pytest.approx(np.exp(pooled.estimate) if log else pooled.estimate)
        high = pooled.estimate + student.ppf(0.975, pooled.df) * pooled.std_error
        assert got["conf_high"] == pytest.approx(np.exp(high) if log else high)
        assert (got["n"], got["events"]) == (4, 3)
        details = result.select(measure=measure, level="short").details().iloc[0]
        wanted = [float(pooled.df), float(pooled.fmi), float(pooled.lambda_), 3]
        assert details[["df", "fmi", "lambda", "m"]].tolist() == pytest.approx(wanted)
    plain = standardised_response(seven, **COLUMNS)
    for measure in (MEAN, SD, SRM):
        a, b = row(result, level="long", measure=measure), row(plain, level="long", measure=measure)
        assert a["estimate"] == pytest.approx(b["estimate"])
    for one, other in zip((seven, *copies), before, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_imputation_finds_the_change_of_everybody_where_pairs_do_not():
    rng = np.random.default_rng(21)
    n = 1500
    before = rng.normal(60, 20, n)
    after = 65 + 0.6 * (before - 60) + rng.normal(0, 16, n)  # change: mean 5, SD sqrt(0.16 * 400 + 256) = 17.9
    gone = rng.random(n) < 1 / (1 + np.exp((before - 60) / 10))
    data = frame(before, np.where(gone, np.nan, after), rng.choice(["short", "long"], n))
    copies = impute(data, m=8, rng=rng, columns=["before", "after"])
    pairs = row(standardised_response(data, **COLUMNS), level=None, measure=SRM)
    all_ = row(
        standardised_response(data, **COLUMNS, handling="imputation", imputations=copies), level=None, measure=SRM
    )
    true = 5 / np.sqrt(320)
    assert all_["conf_low"] < true < all_["conf_high"]
    assert pairs["conf_high"] < true
    assert all_["std_error"] > 1.1 / np.sqrt(n)


def test_nothing_missing_is_the_plain_analysis(seven):
    whole = seven.dropna().reset_index(drop=True)
    result = standardised_response(whole, **COLUMNS, handling="imputation", imputations=[whole, whole])
    pd.testing.assert_frame_equal(result.tidy(), standardised_response(whole, **COLUMNS).tidy())
    assert (result.details()["m"] == 2).all()


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d.drop(index=[4]), {}, "too few persons with education = 'long' have both before and after"),
        (lambda d: d.assign(after=np.nan), {}, "education = 'short', education = 'long' have both"),
        (
            lambda d: d.assign(after=d["after"].where(d["education"] != "long", d["before"] + 5)),
            {},
            "the change is the same for everybody with education = 'long'",
        ),
        (lambda d: d.assign(after=d["after"].where(d.index != 2, np.inf)), {}, "after must be finite or missing"),
        (lambda d: d.assign(after="much"), {}, "after must be numbers"),
        (lambda d: d, {"followup": "aftr"}, "no column 'aftr'; did you mean 'after'"),
        (lambda d: d, {"followup": "before"}, "must be three columns"),
        (lambda d: d, {"handling": "locf"}, "handling must be one of complete_cases, imputation, not 'locf'"),
        (lambda d: d, {"handling": "imputation"}, "imputations= goes with handling='imputation'"),
        (lambda d: d, {"imputations": []}, "imputations= goes with handling='imputation'"),
        (lambda d: d, {"handling": "imputation", "imputations": []}, "one imputation cannot be pooled"),
    ],
)
def test_refusals(seven, change, options, message):
    with pytest.raises(ValueError, match=message):
        standardised_response(change(seven), **(COLUMNS | options))


def test_a_refusal_tells_no_small_count(seven):
    with pytest.raises(ValueError, match="too few") as error:
        standardised_response(seven.drop(index=[4, 5]), **COLUMNS)
    assert not any(digit in str(error.value) for digit in "01234")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.iloc[1:], "imputation 1 has other rows than the data"),
        (lambda d: d.assign(after=d["after"].where(d.index != 3)), "imputation 1 has rows without before or after"),
        (lambda d: d.assign(after=d["after"] + 1), "imputation 1 differs from the data where before or after is known"),
        (lambda d: d.drop(columns="after"), "no column 'after'"),
    ],
)
def test_imputations_refused(seven, change, message):
    whole = seven.fillna({"after": 84.0})
    with pytest.raises(ValueError, match=message):
        standardised_response(seven, **COLUMNS, handling="imputation", imputations=[change(whole), whole])
