"""The one result type: every estimate and every description is an `Estimates`, the same shape whatever was asked.

`.tidy()` is for machines: fixed columns, raw codes, full precision. `.view()` and `.sentence()` are for people: words
in English or Danish, rounded, counts of 1 to 4 hidden. What leaves the room goes through `rehab_stats.report`, which
also hides what reveals a small count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy

import numpy as np
import pandas as pd

from rehab_stats.sentences import sentence
from rehab_stats.wording import TEXT_COLUMNS, Prose, View, refusals, shown

TIDY_COLUMNS = (
    "outcome",
    "model",
    "measure",
    "level",
    "reference",
    "stratum",
    "at",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "p_value",
    "n",
    "events",
)
NUMBER_COLUMNS = tuple(column for column in TIDY_COLUMNS if column not in TEXT_COLUMNS)


class Estimates:
    """A set of estimates, one a row; immutable.

    Parameters
    ----------
    rows : DataFrame or sequence of mappings
        Any of the columns in `TIDY_COLUMNS`; those left out are missing. `std_error` is that of log(estimate) for the
        measures in `RATIO_MEASURES`, else of the estimate. Risks, shares and their differences are proportions.
    details : DataFrame, optional
        More about each row, aligned to `rows` (degrees of freedom, number of imputations, ...).
    diagnostics : mapping, optional
        Flat: name -> number, text or flag. With several models a name ends in `.<model>`.
    method : str
        One sentence: what was estimated, how, in whom.
    context : mapping, optional
        What words need: `exposure` and `outcome` (columns), `adjust` (model -> terms), `population` (a code of
        `words`, such as `since_registration`: sentences open with it), `stratum` (column), `horizon_days`; `refused`:
        the sentence with which an estimator refused the data, or stratum -> sentence; `adjust_within`: stratum ->
        `adjust`, where the terms differ between strata.

    Raises
    ------
    ValueError
        An unknown column, or details of another length than rows.
    """

    def __init__(
        self,
        rows: pd.DataFrame | Sequence[Mapping],
        *,
        details: pd.DataFrame | None = None,
        diagnostics: Mapping | None = None,
        method: str = "",
        context: Mapping | None = None,
    ) -> None:
        frame = _as_tidy(rows)
        extra = pd.DataFrame(index=frame.index) if details is None else details.reset_index(drop=True).copy()
        if len(extra) != len(frame):
            raise ValueError(f"details have {len(extra)} rows, the estimates {len(frame)}: they must be aligned")
        self.__dict__.update(
            _rows=frame,
            _details=extra,
            _diagnostics=dict(diagnostics or {}),
            _method=method,
            _context=deepcopy(dict(context or {})),
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Estimates are immutable; make new ones with select() or stack()")

    __delattr__ = __setattr__  # type: ignore[assignment]

    def tidy(self) -> pd.DataFrame:
        """A copy of the rows, with the columns of `TIDY_COLUMNS` in that order, codes raw, numbers unrounded."""
        return self._rows.copy()

    def details(self) -> pd.DataFrame:
        """A copy of what more is known about each row, aligned to `tidy()`."""
        return self._details.copy()

    @property
    def diagnostics(self) -> dict:
        """How the estimation went: flat name -> value (a copy)."""
        return dict(self._diagnostics)

    @property
    def method(self) -> str:
        """One sentence: what was estimated, how, in whom."""
        return self._method

    @property
    def context(self) -> dict:
        """What words need: exposure, adjustment, population (a copy throughout)."""
        return deepcopy(self._context)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        measures = ", ".join(self._rows["measure"].dropna().unique())
        return f"<Estimates: {len(self)} rows; {measures}>"

    def select(self, **wanted: object) -> Estimates:
        """The rows in which each named column has the given value, or one of the given values.

        Raises ValueError on an unknown column, or when no row is left. Where something was refused (`context`), no row
        may be left: what was chosen may be what was refused.
        """
        keep = np.ones(len(self), dtype=bool)
        for column, value in wanted.items():
            if column not in TIDY_COLUMNS:
                raise ValueError(f"no column {column!r}; the columns are {', '.join(TIDY_COLUMNS)}")
            values = [value] if value is None or np.isscalar(value) else list(value)
            keep &= self._rows[column].isin(values).to_numpy()
        if not keep.any() and not self._context.get("refused"):
            raise ValueError(f"no row has {wanted}; there are {self._choices(list(wanted))}")
        return self.replaced(rows=self._rows[keep], details=self._details[keep])

    def replaced(self, **parts: object) -> Estimates:
        """The same estimates with some of `rows`, `details`, `diagnostics`, `method`, `context` exchanged."""
        known = {
            "rows": self._rows,
            "details": self._details,
            "diagnostics": self._diagnostics,
            "method": self._method,
            "context": self._context,
        }
        return Estimates(**(known | parts))

    def with_context(self, **words: object) -> Estimates:
        """The same estimates, told more of what words need, such as `horizon_days=365` for a risk."""
        return self.replaced(context=self._context | words)

    @classmethod
    def stack(cls, parts: Sequence[Estimates], *, method: str | None = None) -> Estimates:
        """Several Estimates below each other, in the order given.

        Diagnostics are merged; where a name has another value already it gets the suffix `.2`, `.3`, ... `method` is
        that of the parts, joined, unless given. The context of the first part wins, but every part's models keep
        their terms (`adjust`); parts without rows leave only the reason why (`refused`).
        """
        parts = list(parts)
        if not parts:
            raise ValueError("nothing to stack")
        diagnostics: dict = {}
        for part in parts:
            for name, value in part._diagnostics.items():
                diagnostics[_free_name(name, value, diagnostics)] = value
        methods = list(dict.fromkeys(part._method for part in parts if part._method))
        filled = [part for part in parts if len(part)] or parts[:1]
        context = {key: value for part in reversed(filled) for key, value in part._context.items()}
        reasons = {key: reason for part in parts for key, reason in _refused(part._context).items()}
        return cls(
            pd.concat([part._rows for part in filled], ignore_index=True),
            details=pd.concat([part._details for part in filled], ignore_index=True),
            diagnostics=diagnostics,
            method=" ".join(methods) if method is None else method,
            context=context | _models(filled) | ({"refused": reasons} if reasons else {}),
        )

    def sentence(
        self,
        *,
        level: str,
        measure: str,
        language: str = "en",
        model: str | None = None,
        stratum: str | None = None,
        outcome: str | None = None,
        at: float | None = None,
    ) -> str:
        """One row in words: the only numbers that prose may quote. Small counts are written as fewer than 5.

        Raises ValueError when the description fits no row or several, saying what there is to choose from.
        """
        given = {"model": model, "stratum": stratum, "outcome": outcome, "at": at}
        wanted = {"level": level, "measure": measure} | {k: v for k, v in given.items() if v is not None}
        rows = self.select(**wanted)
        if len(rows) > 1:
            raise ValueError(f"{len(rows)} rows fit {wanted}; choose among {rows._choices(list(given))}")
        if not len(rows):
            return " ".join(refusals(self._context, language))
        return sentence(rows._with_details().iloc[0], self._context, language)

    def sentences(self, *, language: str = "en", **wanted: object) -> Prose:
        """The rows chosen as by `select`, one sentence each, as a list that a notebook shows as prose.

        What was refused is said last, unless a stratum was chosen.
        """
        rows = self.select(**wanted)
        said = [sentence(row, self._context, language) for _, row in rows._with_details().iterrows()]
        return Prose(said + ([] if said and "stratum" in wanted else refusals(self._context, language)))

    def view(self, language: str = "en") -> View:
        """A table for people: words, rounded numbers, counts of 1 to 4 hidden."""
        notes = refusals(self._context, language) if len(self) else ()
        return View(shown(self._with_details(), self._context, language), notes)

    def _with_details(self) -> pd.DataFrame:
        return self._rows.join(self._details, rsuffix="_detail")

    def _repr_html_(self) -> str:
        return self.view()._repr_html_()

    def _choices(self, columns: Sequence[str]) -> str:
        found = {column: list(self._rows[column].dropna().unique()) for column in columns}
        return "; ".join(f"{column} {', '.join(map(str, values))}" for column, values in found.items() if values)


def _as_tidy(rows: pd.DataFrame | Sequence[Mapping]) -> pd.DataFrame:
    frame = pd.DataFrame(rows).reset_index(drop=True)
    unknown = [str(column) for column in frame.columns if column not in TIDY_COLUMNS]
    if unknown:
        raise ValueError(f"unknown columns {', '.join(unknown)}; the columns are {', '.join(TIDY_COLUMNS)}")
    frame = frame.reindex(columns=list(TIDY_COLUMNS))
    columns: dict = {}
    for column in TIDY_COLUMNS:
        values = frame[column]
        if column not in TEXT_COLUMNS:
            columns[column] = values if values.dtype == np.float64 else pd.to_numeric(values).astype("float64")
            continue
        given = values.to_numpy(dtype=object)
        known = pd.notna(given)
        columns[column] = np.full(len(given), None, dtype=object)
        columns[column][known] = [str(value) for value in given[known]]
    return pd.DataFrame(columns, index=frame.index)


def _models(parts: Sequence[Estimates]) -> dict:
    """The terms of every model, where all parts name their models."""
    sets = [part.context["adjust"] for part in parts if part.context.get("adjust")]
    if not sets or not all(isinstance(one, Mapping) for one in sets):
        return {}
    merged: dict = {}
    for one in sets:
        merged |= {model: terms for model, terms in one.items() if model not in merged}
    return {"adjust": merged}


def _refused(context: Mapping) -> dict[str, str]:
    """What was not estimated -> why; a reason that is of everything goes by `not_estimated`."""
    reasons = context.get("refused", {})
    return {"not_estimated": reasons} if isinstance(reasons, str) else dict(reasons)


def _free_name(name: str, value: object, taken: Mapping) -> str:
    candidate, number = name, 2
    while candidate in taken and not _same(taken[candidate], value):
        candidate, number = f"{name}.{number}", number + 1
    return candidate


def _same(a: object, b: object) -> bool:
    return a == b or (isinstance(a, float) and isinstance(b, float) and np.isnan(a) and np.isnan(b))
