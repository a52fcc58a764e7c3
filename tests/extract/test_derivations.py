"""Formulas of data/published, by hand; those of printed ratios are checked with their sources in test_published."""

import pandas as pd
import pytest

from rehab_stats.extract.derivations import derive, quantities_of

KNOWN = pd.DataFrame(
    {"estimate": [0.4, 394.0, 1652.0, 12.0]}, index=pd.Index(["share", "cases", "total", "months"], name="quantity")
)


@pytest.mark.parametrize(
    ("derivation", "by_hand"),
    [
        ("product_rounded_down share cases", 157),  # 157.6
        ("nearest_hundred total", 1700),
        ("complement share", 0.6),
        ("same total", 1652),
        ("weeks_in_months months", 365.25 / 7),
        ("count_rows initiative_rows annex=2", 35),
        ("count_rows initiative_rows annex=2 category=organisation", 11),
        ("count_distinct initiative_rows initiative annex=2", 24),
        ("value offers expected_persons offer=lung", 86),
    ],
)
def test_formula_by_hand(derivation, by_hand):
    assert derive(derivation, KNOWN) == {"estimate": pytest.approx(by_hand)}


def test_quantities_are_named_but_not_those_of_lists():
    assert quantities_of("product share cases") == ["share", "cases"]
    assert quantities_of("count_rows initiative_rows annex=2") == []


def test_unknown_formula_and_quantity_are_refused():
    with pytest.raises(ValueError, match="'square share' names an unknown formula"):
        derive("square share", KNOWN)
    with pytest.raises(ValueError, match="'same cost' names an unknown quantity"):
        derive("same cost", KNOWN)
    with pytest.raises(ValueError, match="offers has 3 rows with group=part, not one"):
        derive("value offers sessions group=part", KNOWN)
