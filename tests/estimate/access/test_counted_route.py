"""counted_route: the job-centre route by hand, against R, known truth, invariance, refusal, both languages."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.counted_route import counted_route
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.extract.published import load_published
from rehab_stats.report.disclosure import protect
from rehab_stats.vocabulary import TIDY_COLUMNS

SHARES = {"basic": 0.42, "upper_secondary": 0.08, "vocational": 0.24, "short_higher": 0.03}
SHARES |= {"medium_higher": 0.10, "long_higher": 0.05, "unknown": 0.08}
NOT_NEW = {"earlier_course": 4, "wrongly_referred": 2}
CALL = {"reached": 46, "unreached": 153, "shares": SHARES, "level": "basic", "referred": 36, "not_new": NOT_NEW}
CALL |= {"months": 31, "source": "The centre, report on the project 2015-17"}
HALVES = {"basic": 0.5, "long_higher": 0.5}


def _route(**options):
    return counted_route(**(CALL | options))


def _number(route, **wanted) -> float:
    found = route.select(**wanted).tidy()
    assert len(found) == 1
    return found["estimate"].iloc[0]


# ---- by hand


def test_a_small_route_on_paper():
    """10 without a course, 40 % basic, 40 % long, 20 % unknown: 4, 4 and 2; 5 with one; 8 referred in half a year."""
    route = _route(
        reached=5,
        unreached=10,
        shares={"basic": 0.4, "long_higher": 0.4, "unknown": 0.2},
        referred=8,
        not_new={"earlier_course": 1},
        months=6,
    )
    assert _number(route, measure="share", level="with_course") == pytest.approx(5 / 15)
    for level, count in {"basic": 4, "not_basic": 4, "unknown": 2}.items():
        for measure in ("lowest_count", "count", "highest_count"):
            assert _number(route, measure=measure, level=level, stratum="without_course") == count
    either = route.select(stratum="without_course_unknown_either").tidy()["estimate"].tolist()
    assert either == [4, 6, 4, 6]
    assert _number(route, measure="count", level="newly_referred") == 7
    assert _number(route, measure="rate_per_year", level="total") == pytest.approx(16)
    assert _number(route, measure="rate_per_year", level="newly_referred") == pytest.approx(14)
    assert _number(route, measure="highest_share", outcome="referred") == pytest.approx(0.7)
    # all five had basic education and no unknown one has: 5 of 4 + 5; the others likewise
    for level in ("basic", "not_basic"):
        assert _number(route, outcome="course", measure="lowest_share", level=level) == 0
        assert _number(route, outcome="course", measure="highest_share", level=level) == pytest.approx(5 / 9)
    assert _number(route, measure="lowest_share_difference") == pytest.approx(-5 / 9)
    assert _number(route, measure="highest_share_difference") == pytest.approx(5 / 9)


def test_rounding_and_the_sum_narrow_each_other():
    """Of 20 printed in steps of 10 %: 40 % is 7 to 9, 60 % 11 to 13; they must make 20."""
    route = _route(
        unreached=20, shares={"basic": 0.4, "long_higher": 0.6}, referred=6, not_new={}, months=12, rounded_to=0.1
    )
    ends = {
        level: [_number(route, measure=f"{end}_count", level=level) for end in ("lowest", "highest")]
        for level in ("basic", "not_basic")
    }
    assert ends == {"basic": [7, 9], "not_basic": [11, 13]}
    # 30 % is 5 to 7: with 60 % at most 13 of 20 no fewer than 7
    assert _number(
        _route(unreached=20, shares={"basic": 0.3, "long_higher": 0.6}, referred=6, not_new={}, rounded_to=0.1),
        measure="lowest_count",
        level="basic",
    ) == pytest.approx(7)


def test_without_unknown_ones_nobody_is_counted_either_way():
    route = _route(unreached=10, shares=HALVES, referred=6, not_new={})
    assert "without_course_unknown_either" not in set(route.tidy()["stratum"])
    assert "unknown" not in set(route.tidy()["level"])
    assert _number(route, measure="highest_share", level="basic") == pytest.approx(46 / 51)


def test_nobody_can_say_how_much_of_the_gap_is_closed():
    route = _route()
    row = route.select(measure="closing_share").tidy().iloc[0]
    assert np.isnan(row[["estimate", "conf_low", "conf_high"]].astype(float)).all()
    assert (row["level"], row["reference"]) == ("basic", "not_basic")
    assert route.diagnostics == {
        "months": 31.0,
        "newly_referred": 30,
        "closing_share": "not computable: the education of those reached is not printed",
    }


# ---- against R


def test_limits_and_bounds_against_r(read_reference):
    """prop.test, poisson.test, and every table of whole numbers tried: tests/reference/job_centre.R."""
    limits = ["estimate", "std_error", "conf_low", "conf_high"]
    for case, wanted in read_reference("job_centre").iterrows():
        kind, *rest = case.split(":")
        if kind in {"share", "rate"} and rest[0].isdigit():
            got = _row_like(kind, int(rest[0]), int(rest[1]))
            np.testing.assert_allclose(got[limits].astype(float), wanted[limits], rtol=1e-6, atol=1e-12, err_msg=case)
        else:
            np.testing.assert_allclose(
                _bounds(kind, *rest), wanted[["conf_low", "conf_high"]], rtol=1e-12, err_msg=case
            )


def _row_like(kind: str, events: int, size: int) -> pd.Series:
    """The row with a share `events` of `size`, or so many in `size` months."""
    if kind == "rate":
        route = _route(referred=events, not_new={}, months=size)
        return route.select(measure="rate_per_year", level="total").tidy().iloc[0]
    if size == 199:
        return _route(reached=events, unreached=size - events).select(measure="share").tidy().iloc[0]
    route = _route(unreached=size, shares=SHARES if size == 153 else HALVES, referred=events, not_new={})
    return route.select(measure="highest_share", outcome="referred").tidy().iloc[0]


def _bounds(kind: str, level: str = "basic") -> list[float]:
    route = _route()
    if kind == "difference":
        return [_number(route, measure=f"{end}_share_difference") for end in ("lowest", "highest")]
    if kind == "share":
        return [_number(route, measure=f"{end}_share", level=level) for end in ("lowest", "highest")]
    stratum = "without_course" + ("_unknown_either" if kind == "either" else "")
    return [_number(route, measure=f"{end}_count", level=level, stratum=stratum) for end in ("lowest", "highest")]


# ---- known truth


def test_the_truth_lies_within_the_bounds_whatever_it_is():
    rng = np.random.default_rng(31)
    for _ in range(40):
        true = rng.choice(["basic", "vocational", "long_higher"], 199, p=rng.dirichlet([5, 5, 5]))
        reached = np.zeros(199, dtype=bool)
        reached[rng.choice(199, 46, replace=False, p=_more_likely(true == "basic", rng))] = True
        printed = np.where(rng.random(199) < 0.1, "unknown", true)[~reached]
        codes = ["basic", "vocational", "long_higher", "unknown"]
        route = _route(shares={code: round(float((printed == code).mean()), 2) for code in codes})
        basic = true == "basic"
        for level, here in (("basic", basic), ("not_basic", ~basic)):
            assert _number(route, measure="highest_share", level=level) >= reached[here].mean() - 1e-12
            inside = [
                _number(route, measure=f"{end}_count", level=level, stratum="without_course_unknown_either")
                for end in ("lowest", "highest")
            ]
            assert inside[0] <= (here & ~reached).sum() <= inside[1]
        gap = reached[basic].mean() - reached[~basic].mean()
        assert _number(route, measure="lowest_share_difference") <= gap
        assert gap <= _number(route, measure="highest_share_difference")


def _more_likely(basic, rng):
    weight = np.where(basic, rng.uniform(0.2, 5), 1.0)
    return weight / weight.sum()


# ---- the printed counts themselves


def test_the_file_gives_the_call_and_the_numbers_of_the_report():
    """As a notebook calls it: Series in place of mappings, counts as floats."""
    published = load_published("job_centre")
    printed = published.set_index("quantity")["estimate"]
    shares = published.query("outcome == 'education' and certainty == 'SEED'").set_index("level")["estimate"]
    route = counted_route(
        reached=printed["with_course"],
        unreached=printed["without_course"],
        shares=shares,
        level="basic",
        referred=printed["referred"],
        not_new=printed[["earlier_course", "wrongly_referred"]],
        months=printed["months"],
        source=CALL["source"],
    )
    pd.testing.assert_frame_equal(route.tidy(), _route().tidy())
    assert tuple(route.tidy().columns) == TIDY_COLUMNS
    assert _number(route, measure="count", level="basic") == printed["persons_basic"]
    assert _number(route, measure="count", level="newly_referred") == printed["newly_referred"]
    assert _number(route, measure="share", level="with_course") == pytest.approx(printed["share_with_course"], abs=5e-4)
    assert set(published["stratum"]) <= {*route.tidy()["stratum"], "with_course"}


# ---- invariance


def test_the_order_of_the_levels_changes_nothing_and_the_arguments_stay_as_they_are():
    shares, not_new = dict(SHARES), dict(NOT_NEW)
    turned = _route(shares=dict(reversed(shares.items())), not_new=not_new)
    pd.testing.assert_frame_equal(turned.tidy(), _route().tidy())
    assert (shares, not_new) == (SHARES, NOT_NEW)


def test_the_unit_of_time_is_the_year():
    whole, half = _route(months=12), _route(months=6)
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        once, twice = (route.select(measure="rate_per_year").tidy()[column] for route in (whole, half))
        np.testing.assert_allclose(2 * once, twice)


def test_other_levels_turn_the_gap_round():
    """Of two levels either may be set against the other."""
    basic = _route(unreached=50, shares={"basic": 0.3, "long_higher": 0.6, "unknown": 0.1})
    long = _route(unreached=50, shares={"basic": 0.3, "long_higher": 0.6, "unknown": 0.1}, level="long_higher")
    assert _number(basic, measure="lowest_share_difference") == -_number(long, measure="highest_share_difference")


# ---- refusal


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reached": 0}, "reached must be a whole number, at least 1, not 0"),
        (
            {"reached": 4.5, "unreached": "153", "months": 0},
            r"reached .* not 4.5; unreached .* not '153'; months must be a number above 0, not 0",
        ),
        ({"referred": True}, "referred must be a whole number, at least 0, not True"),
        ({"months": np.nan}, "months must be a number above 0, not nan"),
        ({"not_new": {"earlier_course": -1}}, "not_new 'earlier_course' must be a whole number, at least 0, not -1"),
        ({"not_new": {"earlier_course": 40}}, "of 36 referred -4 are new"),
        ({"referred": 200}, "of 200 referred 194 are new, and 153 persons are without a course"),
        (
            {"shares": {"basic": 42, "unknown": 0.5, "long_higher": np.nan}},
            "from 0 to 1, those of basic, long_higher are",
        ),
        ({"shares": {"basic": 0.42, "long_higher": 0.5}}, "make 140 to 142 persons, not the 153 without a course"),
        (
            {"unreached": 41, "shares": {"basic": 0.42, "long_higher": 0.58}},
            "no whole number of 41 persons has the .* basic",
        ),
    ],
)
def test_counts_that_cannot_be_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        _route(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "basics"}, "level: there is no 'basics' among the shares; did you mean 'basic'?"),
        ({"level": "unknown"}, "level: 'unknown' is the unknown one"),
        ({"shares": {"basic": 0.9, "unknown": 0.1}}, "there is no level but 'basic' and the unknown one"),
        ({"source": " "}, "source: say who prints the counts"),
    ],
)
def test_wrong_calls_are_refused(options, message):
    with pytest.raises(WrongCall, match=message):
        _route(**options)


# ---- words


def test_sentences_in_both_languages():
    route = _route()
    share = {"level": "with_course", "measure": "share"}
    assert route.sentence(**share) == (
        "On benefits and in contact with a hospital about cancer, 2014: 23.1 % (95 % CI 17.8 to 29.4) of the persons: "
        "with a course."
    )
    assert route.sentence(**share, language="da") == (
        "På en ydelse og i kontakt med regionen om en kræftdiagnose, 2014: 23,1 % (95 % KI 17,8 til 29,4) af "
        "personerne: med forløb."
    )
    for language, end in (("en", "closes: not computable."), ("da", "udligner: kan ikke beregnes.")):
        said = route.sentences(measure="closing_share", language=language)
        assert len(said) == 1
        assert said[0].endswith(end)


def test_who_passes_it_through_the_disclosure_rules_loses_the_small_counts():
    """Only the table of printed counts shows them; the usual gate closes here as everywhere."""
    safe = protect(_route()).tidy()
    small = safe["level"].isin(NOT_NEW) & (safe["measure"] == "count")
    assert safe.loc[small, ["estimate", "events"]].isna().all(axis=None)
    assert "4" not in _route().select(level="earlier_course").view().frame.to_numpy()
