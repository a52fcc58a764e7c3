"""Words and numbers: both languages, the conventions of print, and no code left untranslated by mistake."""

import numpy as np
import pytest

from rehab_stats.words import LANGUAGES, WORDS, format_interval, format_number, format_p, label


@pytest.mark.parametrize(
    ("value", "digits", "english", "danish"),
    [
        (13840, 0, "13,840", "13.840"),
        (1.3349, 2, "1.33", "1,33"),
        (-0.5, 1, "\N{MINUS SIGN}0.5", "\N{MINUS SIGN}0,5"),
        (-0.001, 2, "0.00", "0,00"),
        (1234.5, 1, "1,234.5", "1.234,5"),
        (np.nan, 2, "", ""),
        (None, 2, "", ""),
        (np.inf, 2, "", ""),
    ],
)
def test_numbers_are_written_as_print_writes_them(value, digits, english, danish):
    assert format_number(value, digits, "en") == english
    assert format_number(value, digits, "da") == danish


def test_an_interval_is_written_with_a_word_and_left_out_when_a_limit_is_missing():
    assert format_interval(1.19, 1.49) == "1.19 to 1.49"
    assert format_interval(1.19, 1.49, language="da") == "1,19 til 1,49"
    assert format_interval(1.19, np.nan) == ""


def test_a_tiny_p_value_is_never_nought():
    assert format_p(1e-12) == "<0.001"
    assert format_p(1e-12, "da") == "<0,001"
    assert format_p(0.001) == "0.001"
    assert format_p(0.0494) == "0.049"
    assert format_p(np.nan) == ""


def test_the_column_decides_where_a_code_has_several_meanings():
    assert label("other", "en") == "other"
    assert label("other", "en", "diagnosis_group") == "other cancers"
    assert label("short", "da", "education") == "kort uddannelse"


def test_a_code_without_an_entry_is_shown_as_it_is():
    assert label("my_own_level", "da") == "my own level"


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="language must be one of en, da; got 'fr'"):
        label("short", "fr")


def test_every_entry_has_words_in_both_languages():
    empty = [code for code, words in WORDS.items() if len(words) != len(LANGUAGES) or not all(words)]
    assert empty == []


def test_every_scale_of_the_two_instruments_has_words_and_quotes_no_question():
    qlq = ["QL2", "PF2", "RF2", "EF", "CF", "SF", "FA", "NV", "PA", "DY", "SL", "AP", "CO", "DI", "FI"]
    for code in [*qlq, "index", "vas"]:
        for language in LANGUAGES:
            words = label(code, language, "scale")
            assert words not in {code, code.lower()}
            assert "?" not in words
            assert len(words.split()) <= 4


def test_statuses_and_patterns_of_forms_are_told_apart_from_codes_of_other_columns():
    assert label("both", "da", "form_pattern") == "begge skemaer"
    assert label("both", "en") == "both forms returned"
    assert label("died", "en", "followup_status") == "died before follow-up"
    assert label("died", "en", "close_reason") == "died"
    assert label("follow_up", "da", "occasion") == "opfølgning"
