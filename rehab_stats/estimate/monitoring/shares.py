"""The share of those counted who meet an indicator, and what its interval says of a criterion."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.limits import share_with_limits
from rehab_stats.estimate.model.sample import WrongCall, code, refuse_absent, refuse_rows
from rehab_stats.estimate.monitoring.cells import cells, columns_of, outside, refuse_share, whole_number, yes_no
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates

MET, NOT_MET, UNDECIDED = "met", "not_met", "undecided"
HALF = 0.5
WILSON = "Wilson's score limits, 95 %"


def verdict(low: float, high: float, target: float) -> str:
    """What an interval says of a criterion: all of it at or above, all of it below, or neither."""
    return MET if low >= target else NOT_MET if high < target else UNDECIDED


def share_row(events: int, n: int, target: float | None) -> dict:
    """A share of n with its limits and, where there is a criterion, whether it is met (`target`, `verdict`)."""
    row = share_with_limits(events, n)
    if target is None:
        return row
    return row | {"target": target, "verdict": verdict(row["conf_low"], row["conf_high"], target)}


def as_estimates(rows: Sequence[Mapping], *, columns: Sequence[str] = (), **more: object) -> Estimates:
    """Rows whose columns beyond the tidy ones become their details; `columns`: details there in any case."""
    frame = pd.DataFrame(list(rows))
    extra = [column for column in frame if column not in TIDY_COLUMNS]
    details = frame.reindex(columns=list(dict.fromkeys([*columns, *extra])))
    return Estimates(frame.drop(columns=extra), details=details, **more)


def indicator_share(
    data: pd.DataFrame, *, outcome: str, by: str | Sequence[str] = (), target: float | None = None
) -> Estimates:
    """Share of those counted who have an outcome, by group, and whether a criterion is met, not met or undecided.

    Parameters
    ----------
    data : DataFrame
        One row per referral (or person, or answer); not changed.
    outcome : str
        Column of 0 and 1. A missing value is not in the denominator (a deadline that has not passed yet).
    by : str or sequence of str
        Columns that make the groups. The first is the `level`, the others the `stratum` (`period=2024-H1`).
    target : float, optional
        The criterion, a share: `met` where the whole interval is at or above it, `not_met` where all of it is below,
        else `undecided`.

    Returns
    -------
    Estimates
        Per group an `indicator_share` with Wilson's limits; n: rows counted, events: those with the outcome; details
        `target`, `verdict`. A group of which nobody is counted has no row and is named in `nobody_counted`. Further
        diagnostics: `rows_used`, `rows_not_counted` (outcome missing), `rows_dropped` (a column of `by` missing).

    Raises
    ------
    ValueError
        Unknown columns, an outcome that is not 0 or 1, nobody counted; a target that is no share (`WrongCall`).

    Notes
    -----
    (k + z^2 / 2 -+ z sqrt(k (n - k) / n + z^2 / 4)) / (n + z^2): Wilson 1927, doi 10.1080/01621459.1927.10502953. It
    keeps its level on average over shares for a handful of persons, where the Wald interval does not (Brown, Cai &
    DasGupta 2001, doi 10.1214/ss/1009213286). The verdict is not a test of everybody at once: of many groups a few are
    met or not met by chance. Checked by hand and against R (prop.test) in tests/estimate/monitoring/test_shares.py.
    """
    if target is not None:
        refuse_share(target, "target")
    refuse_absent(data, [outcome, *columns_of(by)])
    values = yes_no(data, outcome)
    counted = data.assign(**{outcome: values})
    rows, nobody = [], []
    for cell in cells(counted, by):
        known = cell.rows[outcome].dropna()
        if known.empty:
            nobody.append(cell_name(cell.level, cell.stratum))
            continue
        row = {"outcome": outcome, "measure": "indicator_share", **cell.codes}
        rows.append(row | share_row(int(known.sum()), len(known), target))
    if not rows:
        raise ValueError(f"no row counts for {outcome}: there is no share to tell")
    left_out = outside(data, by)
    return as_estimates(
        rows,
        columns=["target", "verdict"],
        diagnostics={
            "rows_used": int((values.notna() & ~left_out).sum()),
            "rows_not_counted": int((values.isna() & ~left_out).sum()),
            "rows_dropped": int(left_out.sum()),
            "nobody_counted": ", ".join(nobody),
        },
        method=f"Share of those counted with {outcome}{of_groups(by)}; {WILSON}.",
        context={"outcome": outcome, **exposure_of(by)},
    )


def rows_from_counts(data: pd.DataFrame, *, events: str, n: str, outcome: str = "in_time") -> pd.DataFrame:
    """A row per referral from a row per group: for who holds only how many of how many, of other municipalities say.

    Parameters
    ----------
    data : DataFrame
        One row per group; not changed.
    events, n : str
        Columns of whole numbers: those with the outcome, and all counted.
    outcome : str
        Name of the new column of 0 and 1.

    Returns
    -------
    DataFrame
        The other columns, each group's row as often as its n, and the outcome; the index is new.

    Raises
    ------
    ValueError
        Unknown columns; numbers that are missing, not whole or below 0; more events than n (rows named).
    """
    counts, sizes = whole_number(data, events), whole_number(data, n)
    refuse_rows(counts.isna() | sizes.isna(), f"{events} and {n} must be known")
    refuse_rows(counts > sizes, f"{events} must not exceed {n}")
    places = np.repeat(np.arange(len(data)), sizes.astype(int))
    rank = np.arange(len(places)) - np.repeat(np.cumsum(sizes) - sizes, sizes.astype(int)).to_numpy()
    others = data.drop(columns=[events, n]).iloc[places].reset_index(drop=True)
    return others.assign(**{outcome: (rank < counts.to_numpy()[places]).astype(float)})


def experience_shares(
    data: pd.DataFrame,
    *,
    favourable: Mapping[str, Collection[object]],
    by: str | Sequence[str] = (),
    target: float | None = HALF,
) -> Estimates:
    """Share of those who answered who were satisfied, or felt they benefited, and share of those asked who answered.

    Parameters
    ----------
    data : DataFrame
        One row per person asked; not changed.
    favourable : mapping
        Column of answers -> the answers that count as favourable, such as {"satisfied": {"very satisfied", ...}}. A
        missing answer is none; every other one counts as not favourable.
    by : str or sequence of str
        As in `indicator_share`.
    target : float, optional
        The criterion; by default more than half ("hovedparten"): met where the whole interval is at or above 0.5.

    Returns
    -------
    Estimates
        Per column and group an `answered_share` (n: asked, events: answered) and, where somebody answered, an
        `indicator_share` (n: answered, events: favourable answers; details `target`, `verdict`).

    Raises
    ------
    ValueError
        Unknown columns; a favourable answer that is no category of its column; nothing asked for (`WrongCall`).

    Notes
    -----
    Wilson's limits tell what chance would do to so few answers. They know nothing of those who did not answer: read the
    share beside the answered share. With a answered of m asked and k favourable, the share among all asked lies
    anywhere between k / m and (k + m - a) / m. Checked by hand in tests/estimate/monitoring/test_shares.py.
    """
    if not favourable:
        raise WrongCall("favourable is empty: name a column and the answers that count")
    if target is not None:
        refuse_share(target, "target")
    refuse_absent(data, [*favourable, *columns_of(by)])
    rows = []
    for column, answers in favourable.items():
        wanted = _codes(data[column], answers)
        for cell in cells(data, by):
            given = cell.rows[column].dropna()
            base = {"outcome": column, **cell.codes}
            rows.append(base | {"measure": "answered_share"} | share_with_limits(len(given), len(cell.rows)))
            if len(given):
                liked = int(given.map(code).isin(wanted).sum())
                rows.append(base | {"measure": "indicator_share"} | share_row(liked, len(given), target))
    if not rows:
        raise ValueError(f"no row has a value in each of {', '.join(columns_of(by))}")
    left_out = outside(data, by)
    return as_estimates(
        rows,
        columns=["target", "verdict"],
        diagnostics={"rows_used": int((~left_out).sum()), "rows_dropped": int(left_out.sum())},
        method=f"Share of favourable answers among those given, and of answers among those asked{of_groups(by)}; "
        f"{WILSON}; those who did not answer are in no share of favourable answers.",
        context=exposure_of(by),
    )


def favourable_answers(data: pd.DataFrame, favourable: Mapping[str, Collection[object]]) -> pd.DataFrame:
    """The data with each column of answers as 1 favourable, 0 not, missing where none was given.

    Parameters
    ----------
    data : DataFrame
        One row per person asked; not changed.
    favourable : mapping
        As in `experience_shares`.
    """
    if favourable:
        refuse_absent(data, list(favourable))
    found = {}
    for column, answers in favourable.items():
        liked = data[column].map(code, na_action="ignore").isin(_codes(data[column], answers))
        found[column] = liked.astype(float).where(data[column].notna())
    return data.assign(**found)


def _codes(column: pd.Series, answers: Collection[object]) -> set[str]:
    if isinstance(answers, str):
        raise WrongCall(f"favourable: the answers of {column.name} must be a set or list, not the text {answers!r}")
    wanted = {code(answer) for answer in answers}
    if isinstance(column.dtype, pd.CategoricalDtype):
        absent = sorted(wanted - {code(category) for category in column.cat.categories})
        if absent:
            raise WrongCall(f"favourable: {column.name} has no answer {', '.join(absent)}")
    return wanted


def cell_name(level: str | None, stratum: str | None) -> str:
    """A group in one text, for diagnostics."""
    return ", ".join(filter(None, [level, stratum])) or "all"


def of_groups(by: str | Sequence[str]) -> str:
    """` by municipality and period`, or nothing."""
    return f" by {' and '.join(columns_of(by))}" if columns_of(by) else ""


def exposure_of(by: str | Sequence[str]) -> dict[str, str]:
    """The column that levels are codes of, for the words."""
    return {"exposure": columns_of(by)[0]} if columns_of(by) else {}
