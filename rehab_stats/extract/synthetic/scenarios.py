"""The worlds that the synthetic extract can come from: what each plants, and which numbers of data/published it takes.

A scenario says which rules hold; its own numbers are rows of data/published/assumptions.csv with its name in the
column `scenario`, which stand in for, or beside, the rows without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType

from rehab_stats.extract.published import load_published


@dataclass(frozen=True)
class Scenario:
    """One world: how education, department and need act on referral, and what its extract shows.

    Attributes
    ----------
    name : str
        Its key in `SCENARIOS`.
    says : str
        What is planted, in one sentence.
    source : str
        File of data/published with the hazard ratios of education (`hazard_ratio_<level>`, or by sex
        `hazard_ratio_<level>_<sex>`), the number of persons (`persons`) and the number referred (`persons_referred`).
    by_sex : bool
        Whether the hazard ratios of education are those of women and of men.
    multiplier : float
        What the log hazard ratios of education on referral are multiplied by. Death stays graded in all scenarios.
    routine_department : str
        Department that refers everybody alike from an assumed date on; "" for none. Education has no effect on the
        referral hazard of its patients diagnosed since then.
    need_is_hidden : bool
        Whether the column `need` is left out of the extract. How need acts on referral is a row of the assumptions.
    moves : bool
        Whether persons move to other municipalities, and the table `residences` is written.
    referred_within : int
        Days after diagnosis within which `persons_referred` were referred; 0: at any time while it was registered.
    calibrated : bool
        Whether the base rate of referral is solved for `persons_referred`; otherwise it is that of `default`, and the
        number follows.
    gap_lies_in : str
        Where the printed gap in sessions attended is put: `booking` (interview and number of sessions booked) or
        `no_shows`; "" where the numbers of `default` are taken as they are, and the means follow.
    graded_effect : bool
        Whether the change between the first and the last form grows with education; otherwise it is the same for all.
    forms_missing : str
        What decides who has forms: nothing at all (`completely_at_random`), what is known of the person and the first
        score (`given_observed`), or the same and the change is another one where nobody saw it (`unseen_change`).
    graded_giving : bool
        Whether a first form is given the more often the longer the education; otherwise education does not act on it.
    municipal_years : int
        Calendar years of new cases in the six municipalities whose numbers the file six_municipalities prints; they
        then pass persons on to each other and keep deadlines. 0: one centre, that of the papers.
    """

    name: str
    says: str
    source: str = "moustsen_2015"
    by_sex: bool = False
    multiplier: float = 1.0
    routine_department: str = ""
    need_is_hidden: bool = False
    moves: bool = False
    referred_within: int = 0
    calibrated: bool = False
    gap_lies_in: str = ""
    graded_effect: bool = False
    forms_missing: str = "given_observed"
    graded_giving: bool = False
    municipal_years: int = 0

    @property
    def about_forms(self) -> bool:
        """Whether it differs from `default` in forms and scores alone; persons, referrals and sessions are the same."""
        return self.graded_effect or self.graded_giving or self.forms_missing != "given_observed"

    @property
    def persons(self) -> int:
        """Persons after inclusion that the source prints: how many are simulated unless said otherwise."""
        if self.municipal_years:
            return self.municipal_years * _printed_count("six_municipalities", "cases_total")
        return _printed_count(self.source, "persons")

    @property
    def persons_referred(self) -> int:
        """How many of them the source prints as referred."""
        return _printed_count(self.source, "persons_referred")


@lru_cache
def _printed_count(source: str, quantity: str) -> int:
    """A number of persons that a source prints; read once a process."""
    return int(load_published(source).set_index("quantity").loc[quantity, "estimate"])


SCENARIOS = MappingProxyType(
    {
        scenario.name: scenario
        for scenario in (
            Scenario(
                "default",
                "Hazard ratios of referral 1.15 (medium) and 1.33 (long education), as printed by Moustsen 2015.",
                calibrated=True,
                gap_lies_in="booking",
            ),
            Scenario("equal", "No effect of education on the referral hazard; death stays graded.", multiplier=0.0),
            Scenario("reversed", "Hazard ratios of referral 1/1.15 and 1/1.33.", multiplier=-1.0),
            Scenario(
                "dalton",
                "Hazard ratios of referral by sex, as printed by Dalton 2019; persons move away.",
                source="dalton_2019",
                by_sex=True,
                moves=True,
                referred_within=913,
                calibrated=True,
            ),
            Scenario(
                "systematic_department",
                "As default, but from a date on one department refers everybody alike, and more often.",
                routine_department="d1",
            ),
            Scenario(
                "selected_referral",
                "As default, but unmeasured need raises referral and attendance, and is greater with short education.",
                need_is_hidden=True,
                calibrated=True,
            ),
            Scenario(
                "no_shows",
                "As default, but the gap in sessions attended lies in sessions missed without a word.",
                gap_lies_in="no_shows",
            ),
            Scenario(
                "gap_in_access",
                "As default, but education acts on no interview and no session: the gap in sessions arises in access.",
            ),
            Scenario(
                "graded_effect",
                "As default, but the change between the forms is larger with longer education.",
                graded_effect=True,
            ),
            Scenario(
                "forms_at_random",
                "As default, but forms are given and returned at random, whoever the person is.",
                forms_missing="completely_at_random",
            ),
            Scenario(
                "unseen_change",
                "As default, but unseen changes are smaller than the seen ones say, most of all with short education.",
                forms_missing="unseen_change",
            ),
            Scenario(
                "graded_giving",
                "As default, but a first form is given less often with short education.",
                graded_giving=True,
            ),
        )
    }
)
"""Name -> scenario of one centre: where education decides who is referred, comes and changes."""

MUNICIPAL = Scenario(
    "six_municipalities",
    "Six invented municipalities, sized as in a printed note, that pass persons on to each other and keep deadlines.",
    municipal_years=6,
)
"""What monitoring is shown on; no scenario of the answer keys."""


def find_scenario(name: str) -> Scenario:
    """The scenario of a name. Raises ValueError when there is none; the nearest is named."""
    known = {**SCENARIOS, MUNICIPAL.name: MUNICIPAL}
    if name not in known:
        nearest = get_close_matches(str(name), known, n=1, cutoff=0.0)
        raise ValueError(f"no scenario {name!r}; nearest is {nearest[0]!r}, there are {', '.join(known)}")
    return known[name]
