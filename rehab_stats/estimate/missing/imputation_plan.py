"""What `impute` is asked to do: columns and how each is drawn, predictors, and which rows have models of their own."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import formulaic
import numpy as np
import pandas as pd
from formulaic.errors import FormulaicError

from rehab_stats.estimate.missing.chains import Column, Stratum, stratum
from rehab_stats.estimate.model.design_matrix import term_variables
from rehab_stats.estimate.model.sample import (
    MOST_LEVELS,
    WrongCall,
    code,
    nearest,
    plain,
    refuse_absent,
    refuse_rows,
)

NUMERIC = ("normal", "pmm")
METHODS = (*NUMERIC, "logistic", "categorical")
ROWS_PER_COEFFICIENT = 3
"""Complete rows for each coefficient that a level needs to be imputed by itself."""


@dataclass(frozen=True)
class Roles:
    """What is imputed, which terms of known columns predict it besides, and in whose levels separately."""

    columns: tuple[str, ...]
    terms: tuple[str, ...]
    within: str | None


@dataclass(frozen=True)
class Plan:
    """The columns, the rows that have models of their own (none if nothing is missing), what could not be done."""

    columns: tuple[Column, ...]
    strata: tuple[Stratum, ...]
    notes: tuple[str, ...]


def planned(
    data: pd.DataFrame,
    *,
    columns: Sequence[str] | None,
    predictors: Sequence[str] | None,
    method: str | Mapping[str, str],
    passive: Mapping[str, tuple[str, str]],
    within: str | None,
    fewest_complete: int,
) -> Plan:
    """The plan of a call of `impute`; raises and warns as that says."""
    roles = _roles(data, columns, predictors, within, passive)
    imputed = tuple(_column(data[name], _method_of(name, method, roles)) for name in roles.columns)
    _refuse_passive(data, passive)
    strata, notes = _strata(data, roles, imputed, fewest_complete)
    return Plan(imputed, tuple(strata), notes)


def _roles(
    data: pd.DataFrame,
    columns: Sequence[str] | None,
    predictors: Sequence[str] | None,
    within: str | None,
    passive: Mapping[str, tuple[str, str]],
) -> Roles:
    """Which columns are imputed, and which terms of known columns are predictors besides."""
    for name, given in (("columns", columns), ("predictors", predictors)):
        if isinstance(given, str):
            raise WrongCall(f"{name} must be a list, not the text {given!r}")
    refuse_absent(data, [*(columns or ()), *([within] if within else [])])
    terms = [term for term in predictors or () if term != within]
    if columns is None:
        among = _variables(terms, data) if predictors is not None else list(data.columns)
        columns = [c for c in among if c not in (within, *passive) and data[c].isna().any()]
        if predictors is None:
            terms = [c for c in among if c not in (within, *passive, *columns)]
    terms = [term for term in terms if term not in columns]
    used = _variables(terms, data)
    _refuse_roles(list(columns), used, within, passive)
    for name in [*used, *([within] if within else [])]:
        refuse_rows(
            data[name].isna(),
            f"{name} predicts what is imputed, so its own values must be known (impute it too, or make missing a "
            "category)",
        )
    return Roles(tuple(dict.fromkeys(columns)), tuple(terms), within)


def _variables(terms: Sequence[str], data: pd.DataFrame) -> list[str]:
    plain_names = [term for term in terms if term in data.columns]
    try:
        others = term_variables([term for term in terms if term not in data.columns], list(data.columns))
    except ValueError as error:
        raise WrongCall(str(error).replace("adjust", "predictors", 1)) from error
    refuse_absent(data, others)
    return list(dict.fromkeys([*plain_names, *others]))


def _refuse_roles(
    columns: Sequence[str], used: Sequence[str], within: str | None, passive: Mapping[str, tuple[str, str]]
) -> None:
    for name in used:
        if name in columns:
            raise WrongCall(f"predictors: a term contains {name!r}, which is imputed; it predicts the others as it is")
    for name in (*columns, *used):
        if name in passive:
            minuend, subtrahend = passive[name]
            raise WrongCall(
                f"{name!r} is made from {minuend} and {subtrahend}: it can be neither imputed nor a predictor"
            )
    if within in columns:
        raise WrongCall(f"{within!r} cannot be imputed within itself")


def _method_of(name: str, method: str | Mapping[str, str], roles: Roles) -> str:
    """The method asked for; empty when the column's own kind decides, else the default for numbers after a `?`."""
    named = dict(method) if isinstance(method, Mapping) else {}
    unknown = [column for column in named if column not in roles.columns]
    if unknown:
        raise WrongCall(f"method names {unknown[0]!r}, which is not imputed{nearest(unknown[0], roles.columns)}")
    for given in [*named.values()] if named else [] if isinstance(method, Mapping) else [method]:
        if given not in METHODS:
            raise WrongCall(f"method must be one of {', '.join(METHODS)}; got {given!r}")
    if isinstance(method, str) and method not in NUMERIC:
        raise WrongCall(f"method = {method!r} is not for numbers; name the columns it is for in a mapping")
    return named.get(name, f"?{method if isinstance(method, str) else 'normal'}")


def _column(series: pd.Series, method: str) -> Column:
    """The column as numbers, or as positions among its categories, and how it is drawn."""
    name, missing = str(series.name), series.isna().to_numpy()
    kept = plain(series)
    known = kept[~missing]
    flag = pd.api.types.is_bool_dtype(series) or (len(known) > 0 and not _is_text(kept) and set(known) == {0, 1})
    if method.startswith("?"):
        method = "" if flag or _is_text(kept) else method[1:]
    if method in NUMERIC:
        if _is_text(kept):
            raise WrongCall(f"{name} is not a number: it cannot be imputed by {method!r}")
        values = kept.to_numpy(dtype=float)
        refuse_rows(pd.Series(np.isinf(values), index=series.index), f"{name} must be finite")
        return Column(name, method, missing, values)
    if isinstance(series.dtype, pd.CategoricalDtype):
        levels = [level for level in series.cat.categories if (series == level).any()]
    else:
        levels = sorted(pd.unique(series.dropna()), key=lambda level: level if not _is_text(kept) else str(level))
    if len(levels) > MOST_LEVELS:
        raise ValueError(
            f"{name} has more than {MOST_LEVELS} categories: leave it out by naming columns and predictors"
        )
    if len(levels) > 2 and method == "logistic":
        raise WrongCall(f"{name} has {len(levels)} values: 'logistic' is for two, 'categorical' for more")
    place = {level: position for position, level in enumerate(levels)}
    codes = np.array([place.get(value, -1) if value is not pd.NA else -1 for value in series.astype(object)], float)
    return Column(name, "logistic" if len(levels) <= 2 else "categorical", missing, codes, tuple(levels))


def _is_text(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def as_number(column: pd.Series) -> pd.Series:
    """A column of numbers or flags as floats."""
    return plain(column).astype("float64")


def _refuse_passive(data: pd.DataFrame, passive: Mapping[str, tuple[str, str]]) -> None:
    for name, parts in passive.items():
        if isinstance(parts, str) or len(parts) != 2 or name in parts:
            raise WrongCall(f"passive: {name!r} must be made from two other columns, not {parts!r}")
        refuse_absent(data, list(parts))
        for part in parts:
            if _is_text(plain(data[part])) or part in passive:
                raise WrongCall(f"passive: {part!r}, a part of {name!r}, must be a column of numbers")
        if name in data:
            made = as_number(data[parts[0]]) - as_number(data[parts[1]])
            stands = as_number(data[name])
            wrong = made.notna() & stands.notna() & ~pd.Series(np.isclose(made, stands), index=data.index)
            refuse_rows(wrong, f"{name} must be {parts[0]} less {parts[1]}")


def _strata(
    data: pd.DataFrame, roles: Roles, columns: Sequence[Column], fewest: int
) -> tuple[list[Stratum], tuple[str, ...]]:
    """The rows that have models of their own, and what could not be done as asked."""
    everybody = np.arange(len(data))
    if not any(column.missing.any() for column in columns):
        return [], ()
    fixed, names = _design(data, roles.terms)
    if roles.within is None:
        one = stratum(everybody, fixed, names, columns)
        return [one], one.notes
    level, labels = _levels(data[roles.within])
    members = [np.flatnonzero(level == place) for place in range(len(labels))]
    where = [f" where {roles.within} is {label}" for label in labels]
    for rows, words in zip(members, where, strict=True):
        for column in columns:
            if column.missing[rows].all():
                raise ValueError(
                    f"nobody has a value of {column.name}{words}: there is nothing to impute it from; leave these "
                    "rows out or merge levels"
                )
    apart = _apart(members, where, fixed, names, columns, fewest)
    if apart is not None:
        return apart, tuple(note for one in apart for note in one.notes)
    warnings.warn(_together(roles.within), UserWarning, stacklevel=5)
    indicators = (level[:, None] == np.arange(1, len(labels))).astype(float)
    names = [*names, *(f"{roles.within}[T.{label}]" for label in labels[1:])]
    one = stratum(everybody, np.concatenate([fixed, indicators], axis=1), names, columns)
    return [one], (_together(roles.within), *one.notes)


def _together(within: str) -> str:
    return (
        f"some level of {within} has too few complete rows for models of its own: all levels are imputed together, "
        f"with {within} as main effects, as if everything else were related alike in each"
    )


def _apart(
    members: Sequence[np.ndarray],
    where: Sequence[str],
    fixed: np.ndarray,
    names: Sequence[str],
    columns: Sequence[Column],
    fewest: int,
) -> list[Stratum] | None:
    """A stratum for each level in which something is missing; None when one of them has too few complete rows."""
    incomplete = np.logical_or.reduce([column.missing for column in columns])
    found = []
    for rows, words in zip(members, where, strict=True):
        complete = int((~incomplete[rows]).sum())
        if complete == len(rows):
            continue
        if complete < fewest:
            return None
        try:
            one = stratum(rows, fixed, names, columns, where=words)
        except ValueError:  # fewer rows than coefficients
            return None
        if complete < ROWS_PER_COEFFICIENT * max(len(target.predictors) for target in one.targets):
            return None
        found.append(one)
    return found


def _levels(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """(rows,), each row's place among the levels that occur, and the levels' names."""
    as_category = column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("category")
    as_category = as_category.cat.remove_unused_categories()
    if len(as_category.cat.categories) > MOST_LEVELS:
        raise WrongCall(f"within: {column.name} has more than {MOST_LEVELS} values; it must be a few groups")
    return as_category.cat.codes.to_numpy(), [code(level) for level in as_category.cat.categories]


def _design(data: pd.DataFrame, terms: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """The model matrix of the predictors that are known, ones first, and the names of its columns."""
    if not terms:
        return np.ones((len(data), 1)), ["1"]
    frame = pd.DataFrame({name: plain(data[name]) for name in _variables(terms, data)})
    for name in frame.select_dtypes("category"):
        frame[name] = frame[name].cat.remove_unused_categories()
        if len(frame[name].cat.categories) > MOST_LEVELS:
            raise ValueError(
                f"{name} has more than {MOST_LEVELS} categories: leave it out by naming columns and predictors"
            )
    parts = [f"`{term}`" if term in data.columns else f"({term})" for term in terms]
    try:
        with np.errstate(all="ignore"):
            formula = formulaic.Formula(" + ".join(["1", *parts]))
            made = formula.get_model_matrix(frame, context={}, na_action="ignore", output="pandas")
    except (FormulaicError, SyntaxError, TypeError, ValueError) as error:
        raise ValueError(f"predictors cannot be computed: {' '.join(str(error).split())}") from error
    names, matrix = list(map(str, made.columns)), made.to_numpy(dtype=float)
    bad = [name for name, finite in zip(names, np.isfinite(matrix).all(axis=0), strict=True) if not finite]
    if bad:
        raise ValueError(f"predictors give values that are missing or infinite in {', '.join(bad)}")
    return matrix, names
