"""Sources by name and year, as figures and tables name them."""

import pytest

from rehab_stats.report.phrases import levels_left_out, short_source


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


def test_levels_left_out_are_named_in_both_languages():
    told = levels_left_out(["unknown"], exposure="education", fewest=10)
    assert told == "Unknown education: fewer than 10 persons, left out of models."
    danish = levels_left_out(["basic", "unknown"], exposure="education", fewest=10, language="da")
    assert danish == "Grundskole, ukendt uddannelse: færre end 10 personer, udeladt af modeller."
    assert levels_left_out([], exposure="education", fewest=10) == ""


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Unknown education: fewer than 10 persons (both forms), left out of models."),
        ("da", "Ukendt uddannelse: færre end 10 personer (begge skemaer), udeladt af modeller."),
    ],
)
def test_levels_left_out_say_who_counted(language, told):
    assert levels_left_out(["unknown"], exposure="education", counted="paired", language=language) == told
    assert levels_left_out([], exposure="education", counted="paired", language=language) == ""
