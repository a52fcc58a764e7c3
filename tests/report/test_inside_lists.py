"""Lists of referrals stay inside: small counts hidden, files only where a folder is named, none among the results."""

import pandas as pd
import pytest

from rehab_stats.report.inside_lists import inside_lists

ROWS = pd.DataFrame(
    {
        "referral_id": ["r1", "r2", "r3", "r4", "r5"],
        "municipality": "A",
        "began_on": pd.Timestamp("2024-12-02"),
        "days": 9,
    }
)


def test_only_counts_are_said_and_small_ones_are_hidden(tmp_path):
    said = inside_lists({"overdue": ROWS, "never_reached": ROWS[:3]})
    assert said[0] == "Referrals that wait beyond a deadline now: 5."
    assert said[1].endswith("never reached: fewer than 5.")
    assert "not written" in said[2]
    assert not list(tmp_path.iterdir())
    assert "r1" not in " ".join(said)


def test_nobody_is_said_as_nought():
    assert inside_lists({"overdue": ROWS[:0]})[0].endswith(": 0.")


@pytest.mark.parametrize(("language", "separator"), [("en", ","), ("da", ";")])
def test_lists_are_written_where_a_folder_is_named(tmp_path, language, separator):
    said = inside_lists({"overdue": ROWS}, tmp_path / "inside", output=tmp_path / "out", language=language)
    text = (tmp_path / "inside" / "overdue.csv").read_text(encoding="utf-8")
    assert text.splitlines()[1].split(separator)[0] == "r1"
    assert "2024-12-02" in text
    assert "overdue.csv" in said[-1]
    assert [path.name for path in (tmp_path / "inside").iterdir()] == ["overdue.csv"]


def test_lists_are_refused_among_the_results(tmp_path):
    for folder in (tmp_path / "out", tmp_path / "out" / "tables"):
        with pytest.raises(ValueError, match="a folder inside that of the results: the lists would leave with them"):
            inside_lists({"overdue": ROWS}, folder, output=tmp_path / "out")
        assert not folder.exists()


def test_another_list_is_refused():
    with pytest.raises(ValueError, match="there is no list 'late'; there are overdue, never_reached"):
        inside_lists({"late": ROWS})
