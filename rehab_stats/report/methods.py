"""How something was estimated, in words: the estimators' own sentence in English, the same facts clause by clause in
Danish."""

from __future__ import annotations

import re

from rehab_stats.report.method_clauses import CLAUSES
from rehab_stats.report.phrases import capital
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import refusals
from rehab_stats.words import label

_ANY = re.compile("|".join(f"(?P<c{number}>{pattern})" for number, (pattern, _) in enumerate(CLAUSES)))

_REFUSED = "Not estimated: "


def method_words(estimates: Estimates, language: str = "en") -> str:
    """The method sentence with words in place of the names of columns; in Danish its clauses one by one.

    What was refused is no method: `captions.notes` say it. A clause that `CLAUSES` does not know is left out in Danish:
    better nothing than English.
    """
    method = _without_refusals(estimates)
    sentences = re.split(r"(?<=\.)\s+(?=[A-Z])", method)
    if language == "en":  # what several parts have in common is said once
        method = re.sub(r"(?<= )-(?=\d)", "\N{MINUS SIGN}", " ".join(dict.fromkeys(sentences)))
        return capital(re.sub(r"\b[a-z]+(_[a-z0-9]+)+\b", lambda name: label(name[0]), method))
    # sentences that differ only in what is left out are the same
    return " ".join(dict.fromkeys(filter(None, map(_in_danish, sentences))))


def _without_refusals(estimates: Estimates) -> str:
    """The method less what was refused where the notes say that already; else with the refusal's full stop."""
    method, refused = estimates.method, estimates.context.get("refused") or {}
    for reason in [refused] if isinstance(refused, str) else refused.values():
        method = re.sub(rf"{_REFUSED}{re.escape(reason)}\.?(?=\s|$)", "", method)

    def closed(found: re.Match) -> str:
        return refusals({"refused": found["reason"]})[0]

    method = re.sub(rf"{_REFUSED}(?P<reason>.*?)(?=\s+[A-Z][a-z]|\s*$)", closed, method)
    return " ".join(method.split())


def _named(text: str) -> str:
    """A column in words, or a number as Danish writes it."""
    if re.fullmatch(r"-?[\d.]+", text):
        return text.replace("-", "\N{MINUS SIGN}").replace(".", ",")
    return label(text, "da", "kind")


def _in_danish(sentence: str) -> str:
    clauses = []
    for found in _ANY.finditer(sentence):
        danish = CLAUSES[int(found.lastgroup[1:])][1] if found.lastgroup else ""
        named = [text for text in found.groups()[found.lastindex :] if text] if found.lastindex else []
        clauses.append(danish.format(*map(_named, named)))
    return capital(", ".join(clauses)) + "." if clauses else ""
