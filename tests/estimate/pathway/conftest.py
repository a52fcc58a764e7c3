from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
LEVELS = ["basic", "upper", "short_higher", "long_higher"]


@pytest.fixture(scope="session")
def persons() -> pd.DataFrame:
    """The invented persons of tests/reference/pathway.R."""
    rows = pd.read_csv(REFERENCE / "pathway_data.csv")
    return rows.assign(education=pd.Categorical(rows["education"], LEVELS, ordered=True))


@pytest.fixture(scope="session")
def from_r() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "pathway.csv")
