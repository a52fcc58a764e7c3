"""The answer key as it is read: types, choices, and what is said when it is not there."""

from __future__ import annotations

import pandas as pd
import pytest

from rehab_stats.extract.synthetic import answer_key
from rehab_stats.extract.synthetic.answer_key import CELL, KEY_COLUMNS, load_answer_key, read_answer_key, stratum_code


@pytest.fixture
def key(tmp_path, monkeypatch):
    about = {"scenario": "default", "exposure": "education", "education_levels": 3, "horizon_days": 365}
    row = about | dict.fromkeys(CELL, "") | {"population": "risk_set", "truth": 0.5, "mc_error": 0.1, "persons": 9}
    rows = [
        row,
        row | {"population": "hazard_set", "at": 365},
        row | {"education_levels": 4},
        row | {"scenario": "dalton", "horizon_days": 913, "stratum": "sex=male"},
        row | {"scenario": "dalton", "horizon_days": 180, "population": "started_set", "at": 12},
    ]
    path = tmp_path / "answer_key.csv"
    pd.DataFrame(rows)[list(KEY_COLUMNS)].to_csv(path, index=False)
    monkeypatch.setattr(answer_key, "ANSWER_KEY", path)
    return path


def test_choices_narrow_the_key(key):
    assert len(read_answer_key()) == 5
    assert len(load_answer_key("default")) == 2
    assert len(load_answer_key("default", education_levels=4)) == 1
    assert len(load_answer_key("default", population="hazard_set")) == 1
    assert len(load_answer_key("dalton")) == 2
    assert len(load_answer_key("dalton", horizon_days=913)) == 1
    assert load_answer_key("dalton", population="started_set")["at"].tolist() == [12.0]
    assert len(load_answer_key("dalton", horizon_days=365)) == 0
    assert len(load_answer_key("default", exposure="sex")) == 0
    assert len(load_answer_key("of_my_own")) == 0


def test_words_that_are_not_there_are_none_and_numbers_nan(key):
    first, second = load_answer_key("default").to_dict("records")
    assert tuple(first) == KEY_COLUMNS
    assert first["stratum"] is None
    assert pd.isna(first["at"])
    assert second["at"] == 365.0
    assert load_answer_key("dalton")["stratum"].tolist() == ["sex=male", None]


def test_a_key_that_is_not_there_or_another_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no answer key answer_key\.csv: python -m rehab_stats\.calibrate key"):
        read_answer_key(tmp_path / "answer_key.csv")
    pd.DataFrame({"scenario": ["default"]}).to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(ValueError, match=r"the answer key other\.csv must have the columns scenario, exposure"):
        read_answer_key(tmp_path / "other.csv")


def test_strata_are_named_once():
    assert stratum_code("female", "sex") == "sex=female"
    assert stratum_code("sex=female", "sex") == "sex=female"
    assert stratum_code("female", "") == "female"
    assert stratum_code(None, "sex") is None
