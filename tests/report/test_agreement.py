"""Beside R: a difference is found wherever it is, and rows are never matched by luck."""

import pytest

from rehab_stats.report.agreement import agreement, largest_difference, load_reference
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
