"""The rows a model may use: every column an estimator is given is checked here, once, and made plain.

An estimator names the part each column plays (`Roles`); `prepare` refuses what cannot be used and says where;
`Prepared.sample` leaves out, and counts, the rows that miss a value which one particular model needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.design_matrix import term_variables
from rehab_stats.rank import steps
from rehab_stats.words import did_you_mean

EVERYBODY = "everybody"


class WrongCall(ValueError):
    """A call that no data could satisfy: a column that is not there, a misspelt scale or kind."""


MOST_LEVELS = 30  # an exposure with more values than this is a measurement, to be cut into groups first


@dataclass(frozen=True)
class Roles:
    """The part each column plays. `numbers` are outcome, duration, event, entry; each becomes a float.

    `ranked`: the exposure is a ladder of any length and no levels are compared; it becomes its step, a float.
    """

    exposure: str
    numbers: tuple[str, ...]
    reference: object = None
    person: str | None = None
    cluster: str | None = None
    weights: str | None = None
    strata: tuple[str, ...] = ()
    ranked: bool = False

    @property
    def columns(self) -> list[str]:
        """Every column named, the exposure first."""
        others = (self.person, self.cluster, self.weights)
        return list(dict.fromkeys([self.exposure, *self.numbers, *self.strata, *filter(None, others)]))


@dataclass(frozen=True)
class Sample:
    """The complete rows of one model.

    Attributes
    ----------
    frame : numbers and covariates, nothing missing; the exposure a Categorical whose first category is the reference.
    exposure, reference, levels : the column; its reference; the levels with rows, in the exposure's order.
    level : (rows,), position in `levels`.
    person, cluster, strata : (rows,) whole numbers; None when each row is a person, is independent, is in one stratum.
    weights : (rows,) sampling weights scaled to mean 1, or None.
    rows_dropped, levels_empty : rows left out (missing value or weight zero); levels of the exposure without rows.
    rows_unranked : with a ranked exposure, rows left out because they have no place on the ladder (not in
        `rows_dropped`). The exposure is then a float, and all rows are of the one level `EVERYBODY`.
    """

    frame: pd.DataFrame
    exposure: str
    reference: str
    levels: tuple[str, ...]
    level: np.ndarray
    person: np.ndarray | None
    cluster: np.ndarray | None
    strata: np.ndarray | None
    weights: np.ndarray | None
    rows_dropped: int
    levels_empty: int
    rows_unranked: int = 0

    def __len__(self) -> int:
        return len(self.frame)

    def persons(self, rows: np.ndarray) -> dict[str, int]:
        """Distinct persons among the rows marked, by level of the exposure."""
        if self.person is None:
            counts = np.bincount(self.level[rows], minlength=len(self.levels))
            return dict(zip(self.levels, counts.tolist(), strict=True))
        many = self.person.max() + 1
        pairs = pd.unique(self.level[rows].astype(np.int64) * many + self.person[rows])
        counts = np.bincount(pairs // many, minlength=len(self.levels))
        return dict(zip(self.levels, counts.tolist(), strict=True))


@dataclass(frozen=True)
class Prepared:
    """Checked columns in plain types, before any row is left out; made by `prepare`."""

    frame: pd.DataFrame
    roles: Roles
    levels: tuple[str, ...]

    def sample(self, terms: Sequence[str]) -> Sample:
        """The rows that have every value the model with these adjustment terms needs.

        Raises ValueError when no row is left, one level is left, the reference has no rows, or a covariate is constant.
        """
        roles = self.roles
        covariates = term_variables(terms, self.frame.columns)
        needed = list(dict.fromkeys([*roles.columns, *covariates]))
        keep = self.frame[needed].notna().all(axis=1).to_numpy()
        if roles.weights:
            keep &= self.frame[roles.weights].to_numpy() > 0
        frame = self.frame[needed].copy(deep=False) if keep.all() else self.frame.loc[keep, needed]
        if frame.empty:
            raise ValueError(f"no row has a value in each of {', '.join(needed)}")
        for column in frame.select_dtypes("category"):
            frame[column] = frame[column].cat.remove_unused_categories()
        refuse_constant(frame, covariates)
        present, reference, level = self._ladder(frame) if roles.ranked else self._compared(frame)
        unranked = int(self.frame[roles.exposure].isna().sum()) if roles.ranked else 0
        return Sample(
            frame=frame,
            exposure=roles.exposure,
            reference=reference,
            levels=present,
            level=level,
            person=codes(frame, [roles.person]) if roles.person else None,
            cluster=codes(frame, [roles.cluster]) if roles.cluster else None,
            strata=codes(frame, roles.strata) if roles.strata else None,
            weights=_scaled(frame[roles.weights].to_numpy()) if roles.weights else None,
            rows_dropped=int((~keep).sum()) - unranked,
            levels_empty=len(self.levels) - len(present),
            rows_unranked=unranked,
        )

    def _compared(self, frame: pd.DataFrame) -> tuple[tuple[str, ...], str, np.ndarray]:
        """Levels with rows, the reference, each row's level; the reference becomes the first category of the frame."""
        name = self.roles.exposure
        present = tuple(level for level in self.levels if level in frame[name].cat.categories)
        reference = self._reference(present)
        exposure = frame[name].cat.set_categories(present)
        frame[name] = exposure.cat.set_categories([reference, *(x for x in present if x != reference)])
        return present, reference, exposure.cat.codes.to_numpy()

    def _ladder(self, frame: pd.DataFrame) -> tuple[tuple[str, ...], str, np.ndarray]:
        """One level for all rows; a ladder needs two steps."""
        if frame[self.roles.exposure].nunique() < 2:
            raise ValueError(f"{self.roles.exposure} has one value in the rows used: there is nothing to rank")
        return self.levels, EVERYBODY, np.zeros(len(frame), dtype=np.int8)

    def _reference(self, present: tuple[str, ...]) -> str:
        exposure, given = self.roles.exposure, self.roles.reference
        wanted = self.levels[0] if given is None or given == "" else code(given)
        if wanted not in self.levels:
            raise ValueError(f"reference: {exposure} has no level {wanted!r}{nearest(wanted, self.levels)}")
        if wanted not in present:
            raise ValueError(f"nobody has {exposure} = {wanted!r}, the reference: name another with reference=")
        if len(present) < 2:
            raise ValueError(f"everybody has {exposure} = {wanted!r}: there is nothing to compare")
        return wanted


def prepare(data: pd.DataFrame, roles: Roles, models: Mapping[str, Sequence[str]]) -> Prepared:
    """Check that every named column exists and can play its part, and make the columns plain.

    Numbers, flags and nullable types become floats (missing is NaN), text becomes a Categorical, and the exposure a
    Categorical of text codes in its own order (a ranked one: floats, see `rank.steps`). Refused with ValueError: no
    data, an unknown column (the nearest is named), exposure or outcome among the adjustment terms, an exposure
    without order, weights below zero.
    """
    covariates = _checked_columns(data, roles, models)
    ranked = roles.ranked
    exposure = steps(data[roles.exposure]) if ranked else ordered_levels(data[roles.exposure], roles.reference)
    frame = pd.DataFrame({column: data[column] for column in dict.fromkeys([*roles.columns, *covariates])})
    for column in covariates:
        frame[column] = plain(data[column])
    for column in [*roles.numbers, *filter(None, [roles.weights])]:
        frame[column] = number(data[column])
    if roles.weights:
        usable = frame[roles.weights].fillna(0).between(0, np.finfo(float).max)
        refuse_rows(~usable, f"{roles.weights} (weights) must be finite and not below zero")
    frame[roles.exposure] = exposure
    return Prepared(frame, roles, (EVERYBODY,) if ranked else tuple(exposure.cat.categories))


def _checked_columns(data: pd.DataFrame, roles: Roles, models: Mapping[str, Sequence[str]]) -> list[str]:
    """The adjustment columns, once every column is known to exist and to play one part."""
    refuse_absent(data, roles.columns)
    covariates = term_variables([term for terms in models.values() for term in terms], list(data.columns))
    refuse_absent(data, covariates)
    taken = [column for column in covariates if column in {roles.exposure, *roles.numbers}]
    if taken:
        raise ValueError(f"adjust contains {taken[0]!r}, which is the exposure or the outcome of the model")
    if roles.exposure in roles.numbers:
        raise ValueError(f"{roles.exposure!r} cannot be both exposure and outcome")
    return covariates


def refuse_absent(data: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise ValueError unless data is a frame with rows and has each column once; the nearest name is offered."""
    if not isinstance(data, pd.DataFrame):
        raise ValueError(f"data must be a DataFrame, not {type(data).__name__}")
    if data.empty:
        raise ValueError("data has no rows")
    for column in columns:
        if column not in data.columns:
            raise WrongCall(f"data has no column {column!r}{nearest(column, data.columns)}")
        if not isinstance(data[column], pd.Series):
            raise ValueError(f"data has several columns named {column!r}")


def refuse_times(frame: pd.DataFrame, *, duration: str, event: str, entry: str | None = None) -> None:
    """Raise ValueError unless events are 0, 1 or 2, durations finite and not below zero, entries below durations."""
    refuse_rows(frame[event].notna() & ~frame[event].isin([0, 1, 2]), f"{event} must be 0, 1 or 2")
    refuse_rows((frame[duration] < 0) | np.isinf(frame[duration]), f"{duration} must be finite and not below zero")
    if entry:
        refuse_rows(np.isinf(frame[entry]), f"{entry} must be finite")
        refuse_rows(frame[entry] >= frame[duration], f"{entry} must lie below {duration}")


def ordered_levels(exposure: pd.Series, reference: object = None) -> pd.Series:
    """The exposure as a Categorical of text codes, low to high.

    Order comes from an ordered category, from numbers or flags (at most 30 whole values), or is not needed because
    there are two values (text: alphabetical). An unordered category of three or more is taken in the order of its
    categories only when `reference` is named; unordered text never.
    """
    name, kind = exposure.name, exposure.dtype
    if isinstance(kind, pd.CategoricalDtype):
        if not kind.ordered and len(kind.categories) > 2 and reference in (None, ""):
            raise ValueError(f"{name} is a category without order: make it ordered, low to high, or name reference=")
        return exposure.cat.rename_categories(code)
    values = exposure.astype(object).where(exposure.notna(), None)
    levels = pd.unique(values.dropna())
    if all(map(is_number, levels)):
        if len(levels) > MOST_LEVELS or any(level != int(level) for level in levels):
            raise ValueError(
                f"{name} looks like a measurement ({len(levels)} values): cut it into ordered groups first"
            )
        levels = sorted(levels)
    elif len(levels) > 2:
        raise ValueError(f"{name} is text with {len(levels)} values: make it an ordered category, low to high")
    else:
        levels = sorted(levels, key=str)
    coded = {level: code(level) for level in levels}
    categories = pd.Categorical(values.map(coded), categories=list(coded.values()))
    return pd.Series(categories, index=exposure.index, name=name)


def plain(column: pd.Series) -> pd.Series:
    """A covariate as numbers (flags and nullable types as floats) or a Categorical (text); dates are refused."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        return column
    if pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_timedelta64_dtype(column):
        raise ValueError(f"{column.name} is a date or a length of time: turn it into a number first")
    inferred = column.infer_objects() if column.dtype != object else column.convert_dtypes()
    if pd.api.types.is_numeric_dtype(inferred):
        return number(inferred)
    return column.astype(object).where(column.notna(), None).astype("category")


def number(column: pd.Series) -> pd.Series:
    """A column of numbers or flags as floats, missing as NaN; text is refused, naming rows."""
    if not pd.api.types.is_numeric_dtype(column):
        values = column.astype(object)
        refuse_rows(
            values.map(lambda value: not (pd.isna(value) or is_number(value))), f"{column.name} must be numbers"
        )
        return pd.to_numeric(values).astype("float64")
    return column.astype("Float64" if pd.api.types.is_extension_array_dtype(column) else "float64").astype("float64")


def is_number(value: object) -> bool:
    """Whether a value is a number or a flag."""
    return isinstance(value, Real | np.bool_)


def refuse_rows(wrong: pd.Series, what: str) -> None:
    """Raise ValueError with `what`, how many rows are wrong and the first five of them; nothing when none is."""
    rows = list(wrong.index[wrong.to_numpy(dtype=bool)])
    if rows:
        more = ", ..." if len(rows) > 5 else ""
        raise ValueError(f"{what}: {len(rows)} rows are not (rows {', '.join(map(str, rows[:5]))}{more})")


def refuse_constant(frame: pd.DataFrame, covariates: Sequence[str]) -> None:
    """Raise ValueError when a covariate has the same value in every row."""
    for column in covariates:
        if (frame[column] == frame[column].iloc[0]).all():
            raise ValueError(f"adjust: {column} has one value ({frame[column].iloc[0]}) in all rows used")


def codes(frame: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """A whole number per row, from 0 on, the same for rows that agree in every column."""
    return frame.groupby(list(columns), sort=False, observed=True, dropna=False).ngroup().to_numpy()


def code(value: object) -> str:
    """A level as text: 1 and 1.0 are both `1`."""
    return str(int(value)) if isinstance(value, float | np.floating) and float(value).is_integer() else str(value)


def nearest(wanted: object, choices: Iterable) -> str:
    """`; did you mean 'x'?` when a choice is spelt much like what was wanted, else nothing."""
    return did_you_mean(wanted, choices, cutoff=0.6)


def _scaled(weights: np.ndarray) -> np.ndarray:
    return weights / weights.mean()
