"""Questionnaires whose scoring is known: their items, scales and value set, and which sizes of change are important.

Built are the EORTC QLQ-C30 version 3 and the EQ-5D-5L with the Danish value set. Other instruments pass through the
tables with their scores only. No wording of any item stands here: who uses an instrument needs its owner's licence.

Each threshold bears where it stands and a mark: VERIFIED seen in the abstract or page named, RECALLED from memory, to
be checked against the paper before anybody leans on it. HADS, FACIT-Fatigue and the summary score of the QLQ-C30 are
not built: their rules were not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Threshold:
    """A size of change or difference that counts as important, for groups of persons, not for the single one.

    Attributes
    ----------
    low, high : float
        A range of sizes in the unit of the scale, both positive whatever the direction.
    source : str
        Paper and DOI.
    certainty : str
        VERIFIED or RECALLED.
    note : str
        What the range is of, where that is not the scale alone.
    """

    low: float
    high: float
    source: str
    certainty: str
    note: str = ""


@dataclass(frozen=True)
class Scale:
    """One scale: which items it is made of, what its scores mean and which sizes of change count.

    Attributes
    ----------
    name, says : str
        The owner's short name and what the scale is about.
    items : tuple of str
    missing_at_most : int
        With more items than this unanswered there is no score.
    low, high : float
        Lowest and highest score.
    higher_is_better : bool
    items_turned : bool
        High answers give low scores.
    decrements : mapping or None
        Item -> what each answer from 1 on takes off 1 (EQ-5D index); None: the score is the mean answer, stretched to
        `low` and `high`.
    improvement, decline : Threshold or None
        Smallest mean change within a group that counts as better, or as worse.
    between_groups : Threshold or None
        Smallest difference in change between two groups that counts.
    sensitivity : Threshold or None
        Where the scale has no threshold of its own: the spread of others' figures, to be shown as a sensitivity.
    """

    name: str
    says: str
    items: tuple[str, ...]
    missing_at_most: int
    higher_is_better: bool
    low: float = 0.0
    high: float = 100.0
    items_turned: bool = False
    decrements: Mapping[str, tuple[float, ...]] | None = None
    improvement: Threshold | None = None
    decline: Threshold | None = None
    between_groups: Threshold | None = None
    sensitivity: Threshold | None = None

    @property
    def width(self) -> float:
        """From the lowest to the highest score: no change and no difference is larger."""
        return self.high - self.low

    @property
    def digits(self) -> int:
        """Decimals in print: those of an index are three, those of points one."""
        return 3 if self.width <= 10 else 1


@dataclass(frozen=True)
class Instrument:
    """One questionnaire: `items` says the lowest and highest answer of each, `scales` what is made of them."""

    name: str
    says: str
    owner: str
    items: Mapping[str, tuple[int, int]]
    scales: tuple[Scale, ...]


_COCKS = "Cocks 2012, Eur J Cancer 48:1713-21, doi 10.1016/j.ejca.2012.02.059"
_MUSORO = "Gamper and Musoro 2021, doi 10.1186/s12885-021-08609-7; Musoro 2020, doi 10.1002/hed.26363"
_OVER_SCALES = (
    "from the smallest to the largest of several scales, improvement: prostate (3-13; deterioration 5-10) "
    "and head and neck cancer (4-12)"
)

#: Scale -> small improvement and small decline of Cocks 2012 (points); its table was not seen.
_SMALL_CHANGE = {
    "QL2": ((5, 8), (5, 10)),
    "PF2": ((2, 7), (5, 10)),
    "RF2": ((6, 12), (7, 14)),
    "EF": ((6, 9), (3, 12)),
    "CF": ((3, 7), (1, 7)),
    "SF": ((3, 8), (6, 11)),
    "FA": ((4, 9), (5, 10)),
    "PA": ((5, 9), (3, 11)),
}
_BETWEEN_GROUPS = ("QL2", "PF2", "RF2", "SF", "FA", "PA", "DI")  # the seven scales of the prostate trials

#: Name, subject, items, items that may be unanswered, kind. Scoring manual of the EORTC; formulas checked in QoLR.
_QLQ_C30 = (
    ("QL2", "global health status", (29, 30), 1, "global"),
    ("PF2", "physical functioning", (1, 2, 3, 4, 5), 2, "functional"),
    ("RF2", "role functioning", (6, 7), 1, "functional"),
    ("EF", "emotional functioning", (21, 22, 23, 24), 2, "functional"),
    ("CF", "cognitive functioning", (20, 25), 1, "functional"),
    ("SF", "social functioning", (26, 27), 1, "functional"),
    ("FA", "fatigue", (10, 12, 18), 1, "symptom"),
    ("NV", "nausea and vomiting", (14, 15), 1, "symptom"),
    ("PA", "pain", (9, 19), 1, "symptom"),
    ("DY", "dyspnoea", (8,), 0, "symptom"),
    ("SL", "insomnia", (11,), 0, "symptom"),
    ("AP", "appetite loss", (13,), 0, "symptom"),
    ("CO", "constipation", (16,), 0, "symptom"),
    ("DI", "diarrhoea", (17,), 0, "symptom"),
    ("FI", "financial difficulties", (28,), 0, "symptom"),
)


def _qlq_scale(name: str, says: str, items: tuple[int, ...], missing_at_most: int, kind: str) -> Scale:
    better, worse = (size and Threshold(*size, _COCKS, "RECALLED") for size in _SMALL_CHANGE.get(name, (None, None)))
    between = Threshold(3, 13, _MUSORO, "VERIFIED", _OVER_SCALES) if name in _BETWEEN_GROUPS else None
    return Scale(
        name,
        says,
        tuple(str(item) for item in items),
        missing_at_most,
        higher_is_better=kind != "symptom",
        items_turned=kind == "functional",
        improvement=better,
        decline=worse,
        between_groups=between,
    )


QLQ_C30 = Instrument(
    "qlq_c30",
    "EORTC QLQ-C30 version 3",
    "EORTC Quality of Life Group",
    {str(item): (1, 7) if item in (29, 30) else (1, 4) for item in range(1, 31)},
    tuple(_qlq_scale(*row) for row in _QLQ_C30),
)

#: What each answer takes off 1, from 1 (nothing) to 5. Jensen 2021, doi 10.1007/s40258-021-00639-3; VERIFIED at
#: klinisk.aau.dk, "The Danish EQ-5D-5L value set". The worst state is -0.758 by these three decimals; the paper's
#: minimum, -0.757 (RECALLED), is of weights with more.
_DANISH_DECREMENTS = {
    "mobility": (0.0, 0.041, 0.054, 0.157, 0.220),
    "self_care": (0.0, 0.035, 0.050, 0.144, 0.209),
    "usual_activities": (0.0, 0.033, 0.040, 0.139, 0.174),
    "pain": (0.0, 0.048, 0.094, 0.381, 0.537),
    "anxiety": (0.0, 0.072, 0.191, 0.430, 0.618),
}
_PICKARD = "Pickard 2007, hqlo.com/content/5/1/70"
_BOURKE = "Bourke 2024, doi 10.1186/s12955-024-02294-3"

EQ_5D_5L = Instrument(
    "eq_5d_5l",
    "EQ-5D-5L, Danish value set",
    "EuroQol Research Foundation",
    {**{item: (1, 5) for item in _DANISH_DECREMENTS}, "vas": (0, 100)},
    (
        Scale(
            "index",
            "health by the Danish value set",
            tuple(_DANISH_DECREMENTS),
            0,
            higher_is_better=True,
            low=1 - sum(values[-1] for values in _DANISH_DECREMENTS.values()),
            high=1.0,
            items_turned=True,
            decrements=_DANISH_DECREMENTS,
            sensitivity=Threshold(
                0.03,
                0.08,
                f"{_PICKARD}: 0.08 (British set), 0.06 (American set); {_BOURKE}: 0.03 (Australian set)",
                "VERIFIED",
                "no threshold of the Danish value set was found",
            ),
        ),
        Scale(
            "vas",
            "health today by the person's own mark",
            ("vas",),
            0,
            higher_is_better=True,
            between_groups=Threshold(
                5,
                12,
                f"{_PICKARD}: 7-12 (its abstract prints 0.07, evidently 7); {_BOURKE}: 5",
                "VERIFIED",
                "from the smaller to the larger of two papers",
            ),
        ),
    ),
)

INSTRUMENTS: dict[str, Instrument] = {instrument.name: instrument for instrument in (QLQ_C30, EQ_5D_5L)}
