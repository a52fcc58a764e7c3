"""What every model of counts asks of its columns: whole counts, offsets above zero, something to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rehab_stats.estimate.counts.count_likelihood import CountCells, count_cells
from rehab_stats.estimate.model.contrasts import level_counts
from rehab_stats.estimate.model.design_matrix import Design, build_design
from rehab_stats.estimate.model.fit import Fit
from rehab_stats.estimate.model.sample import Prepared, Sample, WrongCall, refuse_rows

OFFSET_AS = ("offset", "covariate")
MOST = 1_000_000  # a larger number is an amount of money or an id, not a count of contacts


@dataclass(frozen=True)
class CountColumns:
    """The columns of a count model. `offset`: a positive amount in natural units, whose logarithm enters.

    `offset_as`: "offset" fixes its coefficient at 1 (twice the time, twice the count); "covariate" estimates it.
    """

    count: str
    offset: str | None = None
    offset_as: str = "offset"

    def __post_init__(self) -> None:
        one_of("offset_as", self.offset_as, OFFSET_AS)
        if self.offset_as == "covariate" and self.offset is None:
            raise WrongCall('offset_as="covariate" needs the column: name it with offset=')
        if self.offset == self.count:
            raise WrongCall(f"{self.count!r} cannot be both count and offset")

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns that must be numbers."""
        return (self.count,) if self.offset is None else (self.count, self.offset)

    @property
    def fixed(self) -> bool:
        """Whether the offset enters with a coefficient of 1."""
        return self.offset is not None and self.offset_as == "offset"

    @property
    def log_name(self) -> str:
        """The name of the offset's column in the model matrix when it is a covariate."""
        return f"log({self.offset})"

    @property
    def words(self) -> str:
        """What a method sentence says of the offset."""
        return "" if self.offset is None else f", log of {self.offset} as {self.offset_as}"

    @property
    def context(self) -> dict:
        """What words need to know of the columns."""
        more = {} if self.offset is None else {"offset": self.offset, "offset_as": self.offset_as}
        return {"outcome": self.count, "count": self.count} | more

    def check(self, prepared: Prepared) -> None:
        """Raise ValueError naming rows whose count is not whole or whose offset is not above zero."""
        counts = prepared.frame[self.count]
        known = counts.notna()
        whole = (counts >= 0) & (counts % 1 == 0)  # infinity leaves no whole rest
        refuse_rows(known & ~whole, f"{self.count} (counts) must be whole numbers, 0 or more")
        refuse_rows(counts > MOST, f"{self.count} (counts) must be at most a million")
        if self.offset is not None:
            amounts = prepared.frame[self.offset]
            positive = (amounts > 0) & np.isfinite(amounts)
            refuse_rows(amounts.notna() & ~positive, f"{self.offset} (offset) must be finite and above zero")

    def counts(self, sample: Sample) -> np.ndarray:
        """The counts of the rows used; nothing but zeros is refused."""
        counts = sample.frame[self.count].to_numpy()
        if not counts.any():
            raise ValueError(f"{self.count} is 0 in all rows used: there is nothing to model")
        return counts

    def amounts(self, sample: Sample) -> np.ndarray | None:
        """The offsets of the rows used, where they enter with a coefficient of 1."""
        return sample.frame[self.offset].to_numpy() if self.fixed else None

    def design(self, sample: Sample, terms: Sequence[str], *, with_offset: bool = True) -> Design:
        """The model matrix; with the log of the offset as its last term where that is a covariate."""
        if self.offset is None or self.fixed or not with_offset:
            return build_design(sample.frame, exposure=sample.exposure, terms=terms)
        logs = np.log(sample.frame[self.offset].to_numpy())
        if logs.min() == logs.max():
            raise ValueError(
                f'{self.offset} has one value in all rows used: it can be an offset, but offset_as="covariate" leaves '
                "nothing to estimate"
            )
        frame = sample.frame.assign(**{self.log_name: logs})
        return build_design(frame, exposure=sample.exposure, terms=[*terms, f"`{self.log_name}`"])

    def log_column(self, design: Design) -> int:
        """The position of the log offset among the design's columns."""
        return design.names.index(self.log_name)

    def cells(self, sample: Sample, design: Design) -> CountCells:
        """All rows used, grouped."""
        return count_cells(design, self.counts(sample), offset=self.amounts(sample), weights=sample.weights)

    def tallies(self, sample: Sample, rows: np.ndarray | None = None) -> dict[str, dict[str, int]]:
        """Level -> persons, persons with a count above 0, the sum of their counts; of all rows used or those marked."""
        counts = self.counts(sample)
        tallies = level_counts(sample, counts > 0)
        if rows is not None:
            chosen = sample.persons(rows)
            tallies = {level: own | {"n": chosen[level]} for level, own in tallies.items()}
        totals = np.bincount(sample.level, weights=counts, minlength=len(sample.levels))
        return {level: own | {"total": int(total)} for (level, own), total in zip(tallies.items(), totals, strict=True)}


def one_of(name: str, given: object, choices: Sequence[str]) -> None:
    """Raise WrongCall unless an option is one of its choices."""
    if given not in choices:
        raise WrongCall(f"{name} must be one of {', '.join(choices)}, not {given!r}")


def mean_of(sample: Sample, values: np.ndarray) -> float:
    """The mean of a number per row, weighted as the rows are."""
    return float(np.average(values, weights=sample.weights))


def pearson_dispersion(
    sample: Sample, counts: np.ndarray, mean: np.ndarray, variance: np.ndarray, parameters: int
) -> float:
    """Sum of w (y - mean)^2 / variance over rows less parameters; NaN when there are no more rows than parameters."""
    squares = (counts - mean) ** 2 / variance
    free = len(sample) - parameters
    total = squares.sum() if sample.weights is None else sample.weights @ squares
    return float(total / free) if free > 0 else float("nan")


def offset_diagnostics(columns: CountColumns, design: Design, fit: Fit) -> dict:
    """Coefficient and error of the log offset as a covariate (an offset would have 1); None where there is none."""
    if columns.offset is None or columns.fixed:
        return {"offset_coefficient": None, "offset_coefficient_std_error": None}
    place = columns.log_column(design)
    return {
        "offset_coefficient": float(fit.coefficients[place]),
        "offset_coefficient_std_error": float(np.sqrt(fit.covariance[place, place])),
    }
