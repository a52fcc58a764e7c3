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
