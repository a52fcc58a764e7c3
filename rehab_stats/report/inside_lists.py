"""Lists of referrals to work through, which stay inside: who waits beyond a deadline now, and who was never reached.

They name referrals one by one and have passed no disclosure rule, so no figure, table or stored output holds them. They
are written only where somebody names a folder for them, and never into the folder of the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from rehab_stats.report.documents import atomic
from rehab_stats.wording import Prose, is_small
from rehab_stats.words import format_number, label, place_of

COUNTED = {
    "overdue": (
        "Referrals that wait beyond a deadline now: {n}.",
        "Henvisninger, der venter ud over en frist nu: {n}.",
    ),
    "never_reached": (
        "Referrals whose course was closed because the person was never reached: {n}.",
        "Henvisninger, hvis forløb blev afsluttet, fordi borgeren aldrig blev truffet: {n}.",
    ),
}
FEW = ("fewer than 5", "færre end 5")
WRITTEN = (
    "Written to the folder named in `lists`: {files}. They name referrals: keep them inside.",
    "Skrevet til mappen i `lists`: {files}. De nævner henvisninger: hold dem inde.",
)
NOT_WRITTEN = (
    "The lists themselves are not written: name a folder in `lists`.",
    "Selve listerne er ikke skrevet: angiv en mappe i `lists`.",
)


def inside_lists(
    lists: Mapping[str, pd.DataFrame], folder: str | Path = "", *, output: str | Path = "", language: str = "en"
) -> Prose:
    """How many referrals each list holds, small numbers hidden; and the lists as CSV where a folder is named.

    Parameters
    ----------
    lists : mapping
        `overdue`, `never_reached` -> one row a referral.
    folder : str or Path
        Where `<name>.csv` is written (UTF-8, in Danish with semicolons); empty: nowhere.
    output : str or Path
        The folder of figures and tables, in which no list may lie; empty: none.
    language : {"en", "da"}

    Raises
    ------
    ValueError
        The folder is, or lies in, that of the results; a list of another name.
    """
    unknown = sorted(set(lists) - set(COUNTED))
    if unknown:
        raise ValueError(f"there is no list {unknown[0]!r}; there are {', '.join(COUNTED)}")
    place = place_of(language)
    said = [COUNTED[name][place].format(n=_number(len(rows), language)) for name, rows in lists.items()]
    if not str(folder):
        return Prose([*said, NOT_WRITTEN[place]])
    folder = Path(folder).expanduser().resolve()
    if str(output) and folder.is_relative_to(Path(output).expanduser().resolve()):
        raise ValueError("lists names a folder inside that of the results: the lists would leave with them")
    for name, rows in lists.items():
        shown = rows.rename(columns={column: label(column, language) for column in rows})
        text = shown.to_csv(index=False, sep=";" if language == "da" else ",", date_format="%Y-%m-%d")
        atomic(folder / f"{name}.csv", partial(Path.write_text, data=text, encoding="utf-8", newline=""))
    return Prose([*said, WRITTEN[place].format(files=", ".join(f"{name}.csv" for name in lists))])


def _number(count: int, language: str) -> str:
    return FEW[place_of(language)] if is_small(count) else format_number(count, 0, language)
