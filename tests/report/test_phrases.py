"""Sources by name and year, as figures and tables name them."""

import pytest

from rehab_stats.report.phrases import short_source


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("Moustsen et al. 2015, Acta Oncologica, doi 10.3109/0284186X.2014.997836", "Moustsen et al. 2015"),
        ("The centre, report on the project 2015-17 (in Danish)", "The centre, report on the project 2015-17"),
        ("A register, 2010-2012, table 3", "A register, 2010-2012"),
        ("A web page", "A web page"),
    ],
)
def test_a_source_goes_by_its_name_and_years(source, short):
    assert short_source(source) == short
