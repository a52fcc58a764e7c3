"""Adjustment sets with some of their terms left out; a set is a sequence of terms, or a mapping of such sequences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from rehab_stats.estimate.model.design_matrix import term_variables

Adjustment = Sequence[str] | Mapping[str, Sequence[str]]


def without_term(adjust: Adjustment, column: str):
    """Without a column's own term."""
    return _kept(adjust, lambda term: term not in {column, f"C({column})"})


def without_column(adjust: Adjustment, column: str | None, rows: pd.DataFrame):
    """Without the terms in which the column stands (`bs(age, df=4)` for age)."""
    return _kept(adjust, lambda term: column not in term_variables([term], list(rows.columns)))


def without_constants(adjust: Adjustment, rows: pd.DataFrame):
    """Without the terms whose columns each have one value in these rows."""
    return _kept(adjust, lambda term: _varies(term, rows))


def _varies(term: str, rows: pd.DataFrame) -> bool:
    used = [name for name in term_variables([term], list(rows.columns)) if name in rows]
    return not used or bool(rows[used].nunique().gt(1).any())


def _kept(adjust: Adjustment, keep: Callable[[str], bool]):
    if isinstance(adjust, Mapping):
        return {name: _kept(terms, keep) for name, terms in adjust.items()}
    return [term for term in adjust if keep(term)]
