"""Beside R: a difference is found wherever it is, and rows are never matched by luck."""

import pandas as pd
import pytest

from rehab_stats.report.agreement import agreement, beside_printed, largest_difference, load_reference
from rehab_stats.vocabulary import Estimates

ROW = {
    "model": "crude",
    "measure": "odds_ratio",
    "level": "2",
    "estimate": 1.5,
    "std_error": 0.1,
    "conf_low": 1.2,
    "conf_high": 1.9,
}


def estimates(**changed):
    return Estimates([ROW | changed])


@pytest.mark.parametrize("column", ["estimate", "std_error", "conf_low", "conf_high"])
def test_a_difference_in_any_number_is_found(column):
    reference = estimates(**{column: ROW[column] * (1 + 1e-5)})
    assert largest_difference(estimates(), reference)[0] == pytest.approx(1e-5, rel=1e-3)
    assert "1e-05" in agreement(estimates(), reference).frame.to_string()


def test_equal_numbers_are_said_to_be_below_the_tolerance_and_shown_beside_each_other():
    frame = agreement(estimates(), estimates()).frame
    assert list(frame.iloc[0])[3:] == ["1.50 (1.20 to 1.90)", "1.50 (1.20 to 1.90)", "< 1e-06"]


def test_a_row_without_a_counterpart_or_with_two_is_refused():
    with pytest.raises(ValueError, match="no single reference for crude odds_ratio 2"):
        largest_difference(estimates(), estimates(level="3"))
    with pytest.raises(ValueError, match="no single reference for rows with the same"):
        largest_difference(estimates(), Estimates([ROW, ROW]))


def test_references_are_found_by_name_and_an_unknown_one_is_refused():
    assert "crude" in set(load_reference("rwm5yr_results").tidy()["model"])
    assert list(load_reference("jobs_change").details()) == ["df"]
    with pytest.raises(ValueError, match="no reference 'rwm' in tests/reference; there are "):
        load_reference("rwm")


def test_an_index_over_all_levels_has_no_level_and_a_kind_has_words():
    slope = {"model": "crude", "measure": "slope_index", "estimate": 0.1, "conf_low": 0.05, "conf_high": 0.15}
    kind = slope | {"measure": "concentration_index", "level": "erreygers"}
    context = {"exposure": "education"}
    made = Estimates([slope | {"std_error": 0.02}, kind | {"std_error": 0.02}], context=context)
    frame = agreement(made, Estimates(made.tidy()), language="da").frame
    assert list(frame["niveau"]) == ["", "Erreygers"]
    assert list(frame["her"]) == ["10,0 (5,0 til 15,0)", "0,100 (0,050 til 0,150)"]
    assert list(frame["R"]) == list(frame["her"])
    alone = agreement(made.select(measure="slope_index"), made).frame
    assert "level" not in alone
    other = Estimates(made.tidy().assign(estimate=[0.1, 0.1004]))
    assert agreement(made, other, language="da").frame["største relative forskel"].iloc[1] == "0,004"
    with pytest.raises(ValueError, match="no single reference for crude slope_index"):
        largest_difference(made, made.select(measure="concentration_index"))


def test_beside_printed_rounds_as_the_source_does():
    row = {"measure": "mean_difference", "level": "yes", "reference": "no"}
    printed = Estimates(
        [row | {"model": "published", "stratum": "weighted", "estimate": 3.5, "conf_low": 2.5, "conf_high": 4.5},
         row | {"model": "published", "stratum": "crude", "measure": "mean", "estimate": 1.66}],
        details=pd.DataFrame({"digits": [1, 2], "place": ["section 12.6", "section 13.3"]}),
    )  # fmt: skip
    made = Estimates(
        [row | {"model": "weighted", "estimate": 3.4965, "std_error": 0.5, "conf_low": 2.47, "conf_high": 4.56},
         row | {"model": "crude", "measure": "mean", "estimate": 1.6603, "conf_low": 1.2, "conf_high": 2.1}]
    )  # fmt: skip
    frame = beside_printed(made, printed).frame
    assert list(frame["printed"]) == ["3.5 (2.5 to 4.5)", "1.66"]
    assert list(frame["here"]) == ["3.5 (2.5 to 4.6)", "1.66"]
    assert list(frame["place"]) == ["section 12.6", "section 13.3"]
    assert list(beside_printed(made, printed, language="da").frame["trykt"]) == ["3,5 (2,5 til 4,5)", "1,66"]
    with pytest.raises(ValueError, match="no single estimate for the printed crude mean yes"):
        beside_printed(made.select(model="weighted"), printed)


def test_strata_are_matched_where_the_reference_has_them():
    rows = [ROW | {"stratum": f"handling={name}", "estimate": value} for name, value in (("a", 1.5), ("b", 1.6))]
    made = Estimates(rows, context={"stratum": "sex"})
    reference = Estimates([rows[1], rows[0] | {"estimate": 1.5 * (1 + 1e-5)}, ROW])
    assert largest_difference(made, reference).round(7).tolist() == [1e-5, 0]
    frame = agreement(made, reference).frame
    assert list(frame["sex"]) == ["a", "b"]
    assert list(frame["R"]) == ["1.50 (1.20 to 1.90)", "1.60 (1.20 to 1.90)"]
    with pytest.raises(ValueError, match="no single reference for handling=b crude odds_ratio 2"):
        largest_difference(made, Estimates([rows[0]]))
    first = made.select(stratum="handling=a")
    assert largest_difference(first, Estimates([ROW])).tolist() == [0]  # a reference of one stratum names none


def test_as_many_decimals_as_the_scale_has():
    row = {"model": "crude", "measure": "mean", "level": "2", "estimate": -0.123, "std_error": 0.05}
    made = Estimates([row | {"conf_low": -0.221, "conf_high": -0.025}])
    assert agreement(made, made).frame.loc[0, "here"] == "−0.1 (−0.2 to 0.0)"
    assert agreement(made.with_context(digits=2), made).frame.loc[0, "R"] == "−0.12 (−0.22 to −0.03)"


def test_outcomes_are_matched_where_the_reference_has_them():
    stages = Estimates([ROW | {"outcome": outcome, "estimate": value} for outcome, value in (("a", 1.5), ("b", 2.5))])
    assert largest_difference(stages, stages).tolist() == [0, 0]
    turned = stages.replaced(rows=stages.tidy().assign(outcome=["b", "a"]))
    assert (largest_difference(stages, turned) > 0.1).all()


def test_numbers_that_the_reference_does_not_have_are_not_compared():
    bare = Estimates([{name: ROW[name] for name in ("model", "measure", "level", "estimate")}])
    assert largest_difference(estimates(), bare).tolist() == [0]
    assert largest_difference(estimates(estimate=1.6), bare)[0] > 0.05
