"""How something was estimated, in words: the estimators' own sentence in English, the same facts clause by clause in
Danish."""

from __future__ import annotations

import re

from rehab_stats.report.method_clauses import CLAUSES
from rehab_stats.report.phrases import capital
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import label

_ANY = re.compile("|".join(f"(?P<c{number}>{pattern})" for number, (pattern, _) in enumerate(CLAUSES)))


def method_words(estimates: Estimates, language: str = "en") -> str:
    """The method sentence with words in place of the names of columns; in Danish its clauses one by one.

    A clause that `CLAUSES` does not know is left out in Danish: better nothing than English.
    """
    if language == "en":
        return re.sub(r"\b[a-z]+(_[a-z0-9]+)+\b", lambda name: label(name[0]), estimates.method)
    sentences = re.split(r"(?<=\.)\s+(?=[A-Z])", estimates.method)
    # sentences that differ only in what is left out are the same
    return " ".join(dict.fromkeys(filter(None, map(_in_danish, sentences))))


def _in_danish(sentence: str) -> str:
    clauses = []
    for found in _ANY.finditer(sentence):
        danish = CLAUSES[int(found.lastgroup[1:])][1] if found.lastgroup else ""
        named = [text for text in found.groups()[found.lastindex :] if text] if found.lastindex else []
        clauses.append(danish.format(*(label(name, "da", "kind") for name in named)))
    return capital(", ".join(clauses)) + "." if clauses else ""
