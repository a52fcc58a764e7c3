"""What an extract holds and what its check found, as tables for people; no row numbers, no small counts."""

from __future__ import annotations

import pandas as pd

from rehab_stats.extract.contract import Extract
from rehab_stats.extract.rules import RULES
from rehab_stats.report.rule_words import RULES_IN_DANISH
from rehab_stats.wording import View, format_count
from rehab_stats.words import format_number, label


def contents(extract: Extract, *, language: str = "en") -> View:
    """Rows and persons of each table, and the days between which its rows were registered.

    First and last days of the data themselves are not shown: they are those of single persons.
    """
    lines = []
    for name in extract:
        frame = extract[name]
        first, last = extract.meta.registration.get(name, (None, None))
        lines.append(
            {
                label("table", language): label(name, language),
                label("rows", language): format_number(len(frame), 0, language),
                label("persons", language): _persons(frame, language),
                label("registered_from", language): f"{first:%Y-%m-%d}" if first is not None else "",
                label("registered_to", language): f"{last:%Y-%m-%d}" if last is not None else "",
            }
        )
    return View(pd.DataFrame(lines))


def findings(extract: Extract, *, language: str = "en") -> View:
    """Warnings and notes of the check, with counts; counts of 1 to 4 are hidden, rows are not named.

    What a rule says stands in place of the finding's message, which counts and may quote codes. Rules and columns go by
    their names, as in data/CONTRACT.md.
    """
    found = extract.findings
    if found.empty:
        return View(pd.DataFrame({label("finding", language): [label("nothing_found", language)]}))
    says = {rule.name: rule.says for rule in RULES} | (RULES_IN_DANISH if language == "da" else {})
    return View(
        pd.DataFrame(
            {
                label("severity", language): [label(code, language) for code in found["severity"]],
                label("table", language): [label(code, language) for code in found["table"]],
                label("column", language): found["column"].astype(str),
                label("rule", language): found["rule"].astype(str),
                label("count", language): [format_count(count, language) for count in found["count"]],
                label("finding", language): [says.get(rule, "") for rule in found["rule"]],
            }
        )
    )


def _persons(frame: pd.DataFrame, language: str) -> str:
    """Persons in a table; nothing for one that counts persons in cells."""
    return format_number(frame["person_id"].nunique(), 0, language) if "person_id" in frame else ""
