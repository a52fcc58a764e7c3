"""What the printed evidence does not agree on with itself, collected: both numbers, and where they stand."""

from __future__ import annotations

import pandas as pd

from rehab_stats.extract.derivations import OF_LISTS, quantities_of
from rehab_stats.extract.printed_lists import load_printed_list
from rehab_stats.extract.published import SOURCES, reconcile
from rehab_stats.extract.published_files import read_published

INCONSISTENCY_COLUMNS = ("source", "place", "what", "printed", "from_parts", "note")


def inconsistencies() -> pd.DataFrame:
    """Everything in `data/published` that does not add up or is printed in two ways; nothing is smoothed over.

    Three kinds of row, in this order: printed numbers that their parts, or a count of a list, do not give (found by
    `reconcile`; exactly to the digits printed, so a number printed as "about" can be among them: its note says so);
    deadlines printed with two lengths; and what no sum shows, such as names and dates (the list `contradictions`).

    Returns
    -------
    DataFrame
        `source`, `place` (of both, separated by semicolons), `what`, `printed`, `from_parts` (what the parts or the
        other place give), `note`; all str.
    """
    rows = [row for name in SOURCES for row in _numbers(name)] + _deadlines()
    contradictions = load_printed_list("contradictions").to_dict("records")
    return pd.DataFrame(rows + contradictions, columns=list(INCONSISTENCY_COLUMNS))


def _numbers(name: str) -> list[dict[str, str]]:
    """Printed numbers of a file that do not follow from what they are said to follow from."""
    text = read_published(name).set_index("quantity")
    rows = []
    for _, wrong in reconcile(name).query("not agrees").iterrows():
        row = text.loc[wrong["quantity"]]
        places = [*_places(wrong["quantity"], text), *_places_named(wrong["derivation"], text)]
        rows.append(
            {
                "source": row["source"].removeprefix("calculated here from "),
                "place": "; ".join(dict.fromkeys(places)),
                "what": wrong["quantity"],
                "printed": row[wrong["part"]],
                "from_parts": f"{wrong['derived']:.3f}".rstrip("0").rstrip("."),
                "note": f"{row['note']} By {wrong['derivation']}.".strip(),
            }
        )
    return rows


def _places(quantity: str, text: pd.DataFrame) -> list[str]:
    """Where a number is printed; of one calculated here, where its parts are."""
    row = text.loc[quantity]
    if row["certainty"] != "DERIVED":
        return [row["place"]]
    return _places_named(row["derivation"].split("; ")[0], text)


def _places_named(derivation: str, text: pd.DataFrame) -> list[str]:
    """Where everything is printed that a derivation names; of a count, which file it counts in."""
    formula, *arguments = derivation.split()
    if formula in OF_LISTS:
        return [f"data/published/{arguments[0]}.csv"]
    return [place for quantity in quantities_of(derivation) for place in _places(quantity, text)]


def _deadlines() -> list[dict[str, str]]:
    """Deadlines that are printed with more than one length."""
    rows = []
    for deadline, places in load_printed_list("deadlines").groupby("deadline", sort=False):
        lengths = places.groupby(["days", "unit"], sort=False)["place"].agg(" and ".join)
        said = [(f"{days:g} {unit.replace('_', ' ')} ({place})", place) for (days, unit), place in lengths.items()]
        if len(said) > 1:
            rows.append(
                {
                    "source": places["source"].iloc[0],
                    "place": "; ".join(place for _, place in said),
                    "what": f"deadline {deadline}",
                    "printed": said[0][0],
                    "from_parts": "; ".join(words for words, _ in said[1:]),
                    "note": "Neither is called the right one.",
                }
            )
    return rows
