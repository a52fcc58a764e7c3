"""The data set the R scripts were run on, and their results."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REFERENCE = Path(__file__).parents[1] / "reference"
EDUCATION = ["basic", "vocational", "higher", "unknown"]
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]


@pytest.fixture(scope="session")
def read_reference():
    """A result file of an R script, cases as the index."""

    def read(name: str, index: str = "case") -> pd.DataFrame:
        return pd.read_csv(REFERENCE / f"{name}.csv", dtype={"level": str}).set_index(index)

    return read


@pytest.fixture(scope="session")
def persons():
    """785 invented rows of 420 persons (tests/reference/gradient_data.R)."""
    data = pd.read_csv(REFERENCE / "gradient_data.csv")
    return data.assign(education=pd.Categorical(data["education"], EDUCATION, ordered=True))


@pytest.fixture(scope="session")
def visitors(persons):
    """The same rows with counts: visits, crowds (thousands), and the days observed (tests/reference/counts.R)."""
    return persons.join(pd.read_csv(REFERENCE / "counts_data.csv"))


@pytest.fixture(scope="session")
def assert_same_rows():
    """Same levels in the same order; estimate, error, both limits and p equal at a relative 1e-6."""

    def compare(tidy: pd.DataFrame, expected: pd.DataFrame) -> None:
        assert tidy["level"].tolist() == expected["level"].tolist()
        for column in NUMBERS:
            got, wanted = tidy[column].to_numpy(), expected[column].to_numpy()
            np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=0, err_msg=column)

    return compare
