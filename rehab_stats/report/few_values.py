"""Means, deviations and quantiles that give single persons away, though no count of persons does.

Two readers are kept out. One has the mean and the standard deviation of a column in which nearly everybody has the same
value (180 days of opportunity): the sum and the sum of squares of what is left solve for the few who differ. The other
has the mean of whole numbers (sessions) of a few persons with its standard error: so few sums of squares fit that
everybody's number is known (of five persons often one list only).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.effect_wording import BOUNDS
from rehab_stats.report.attendance_counts import joined
from rehab_stats.report.change_counts import told_again

TABLED = frozenset({"mean", "standard_deviation", "median", "lower_quartile", "upper_quartile"})
"""What `descriptives` says of a column of numbers."""
SUMS = frozenset({"mean", "standard_deviation"})
"""Those that add up: everybody's less the other groups' are the hidden group's."""
MEANS = frozenset({"mean_difference", "mean_ratio", "rate_ratio", "standardised_response_mean"}) | SUMS
MEANS |= {*BOUNDS, "tipping_delta"}
FEWEST_WITH_ANY = 10
"""Smallest number of persons with any of whom an unadjusted mean, and what is made of it, is shown.

With fewer the mean and its standard error (sum and sum of squares) leave so few lists of whole numbers that a reader
can write them down; from ten on there are usually hundreds. An adjusted estimate mixes everybody's rows.
"""
TOTALS = frozenset({"", "total", "all"})


def of_few(rows: pd.DataFrame, details: pd.DataFrame, plain: pd.Series, minimum: int) -> pd.Series:
    """Rows to hide because their numbers, or those beside them, tell the values of a few persons.

    `rows` and `details` as in `disclosure`, rows of the references' counts among them; `plain`: without adjustment.
    """
    few = _off_mode(rows, details, minimum) | (plain & _with_few(rows, details, minimum))
    few |= rows["measure"].isin(MEANS) & giving_back(rows, few)
    return few | _of_hidden_ratio(rows, details, few)


def off_mode_to_blank(rows: pd.DataFrame, lost: pd.Series) -> pd.Series:
    """Rows whose `n_off_mode` goes: those that are hidden, and the whole that would give it back."""
    return lost | (_tabled(rows) & giving_back(rows, lost & _tabled(rows)))


def quantiles_beside(rows: pd.DataFrame, lost: pd.Series) -> pd.Series:
    """Quantiles of the groups whose mean is lost with the number of persons."""
    groups, column = joined(rows, ["outcome", "model", "stratum"]), _tabled(rows)
    return column & groups.isin(groups[lost & column & rows["measure"].isin(SUMS)])


def giving_back(rows: pd.DataFrame, few: pd.Series) -> pd.Series:
    """The whole beside hidden parts; where persons are divided in several ways, the parts of all ways."""
    back = pd.Series(False, index=rows.index)
    if not few.any():
        return back
    summed = rows[rows["measure"].isin(MEANS | TABLED)]
    divided = summed[~told_again(summed["stratum"])]  # the same persons again are no part of all
    for along, within, those in (("stratum", "level", divided), ("level", "stratum", summed)):
        for _, group in those.groupby(["outcome", "model", within, "at"], dropna=False):
            whole = group[along].isna() | group[along].isin(TOTALS)
            if (few[group.index] & ~whole).any():
                everything = along == "stratum" and _several_ways(group[~whole], group[whole])
                back[group.index if everything else group.index[whole]] = True
    return back


def _tabled(rows: pd.DataFrame) -> pd.Series:
    return rows["measure"].isin(TABLED) & rows["level"].isna()


def _off_mode(rows: pd.DataFrame, details: pd.DataFrame, minimum: int) -> pd.Series:
    """Columns in which a few persons differ from the most common value."""
    off = details.get("n_off_mode", pd.Series(np.nan, index=rows.index)).astype(float)
    return _tabled(rows) & (off > 0) & (off < minimum)


def _with_few(rows: pd.DataFrame, details: pd.DataFrame, minimum: int) -> pd.Series:
    """Means of few persons with any (of few persons, where that is not said), and contrasts with such a level."""
    fewest = max(FEWEST_WITH_ANY, minimum)
    made = rows["measure"].isin(MEANS | {"amount_reference"})
    persons = rows["events"].where(rows["events"].notna(), rows["n"])
    few = made & (persons > 0) & (persons < fewest)
    where = ["outcome", "model", "stratum", "at"]
    level, reference = (joined(rows, [*where, column]) for column in ("level", "reference"))
    own = few & rows["level"].notna()
    few |= made & rows["reference"].notna() & reference.isin(level[own])
    for name in ("events_reference", "n_reference"):
        known = details.get(name, pd.Series(np.nan, index=rows.index)).astype(float)
        few |= made & rows["reference"].notna() & (known > 0) & (known < fewest)
    return few & rows["measure"].isin(MEANS)


def _of_hidden_ratio(rows: pd.DataFrame, details: pd.DataFrame, few: pd.Series) -> pd.Series:
    """E-values of hidden ratios: the ratio can be solved from them."""
    if "of_measure" not in details:
        return pd.Series(False, index=rows.index)
    where = ["outcome", "model", "level", "reference", "stratum"]
    ratios = joined(rows.assign(of=rows["measure"]), [*where, "of"])
    return (rows["measure"] == "e_value") & joined(rows.assign(of=details["of_measure"]), [*where, "of"]).isin(
        ratios[few]
    )


def _several_ways(parts: pd.DataFrame, whole: pd.DataFrame) -> bool:
    """Whether the strata divide the persons more than once (by education and by sex)."""
    named = parts.drop_duplicates("stratum")
    axes = {name.partition("=")[0] if "=" in name else "" for name in named["stratum"]}
    return len(axes) > 1 or bool(len(whole) and named["n"].sum() > whole["n"].max())
