"""The groups an indicator is counted in: their order, their names, and what is in none."""

import pandas as pd
import pytest

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.cells import cells, columns_of, outside, refuse_share, strata, whole_number, yes_no

DATA = pd.DataFrame(
    {
        "municipality": ["Herlev", "Furesø", "Herlev", None],
        "period": pd.Categorical(["2024-H2", "2024-H1", "2024-H1", "2024-H1"], ["2024-H1", "2024-H2"], ordered=True),
    }
)


def test_the_first_column_is_the_level_and_the_others_the_stratum():
    found = [(cell.level, cell.stratum, len(cell.rows)) for cell in cells(DATA, ["municipality", "period"])]
    assert found == [
        ("Furesø", "period=2024-H1", 1),
        ("Herlev", "period=2024-H1", 1),
        ("Herlev", "period=2024-H2", 1),
    ]
    assert [cell.level for cell in cells(DATA, "period")] == ["2024-H1", "2024-H2"]
    assert [(cell.level, cell.stratum, len(cell.rows)) for cell in cells(DATA, ())] == [(None, None, 4)]
    assert outside(DATA, "municipality").tolist() == [False, False, False, True]


def test_strata_name_every_column():
    first = next(cell.stratum for cell in strata(DATA, ["municipality", "period"]))
    assert first == "municipality=Furesø & period=2024-H1"
    assert [cell.stratum for cell in strata(DATA, "period")] == ["period=2024-H1", "period=2024-H2"]
    assert [cell.stratum for cell in strata(DATA, ())] == [None]


def test_refusals():
    with pytest.raises(WrongCall, match="by names the column 'period' twice"):
        columns_of(["period", "period"])
    with pytest.raises(ValueError, match=r"late must be 0 or 1: 1 rows are not \(rows 1\)"):
        yes_no(pd.DataFrame({"late": [0, 2]}), "late")
    with pytest.raises(ValueError, match="referred must be a whole number from 0 on: 2 rows"):
        whole_number(pd.DataFrame({"referred": [1.5, -1]}), "referred")
    for value in (1, 0, "0.9", True):
        with pytest.raises(WrongCall, match="target must be a share between 0 and 1"):
            refuse_share(value, "target")
