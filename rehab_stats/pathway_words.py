"""The words of the pathway: stages from the diagnosis on, scenarios, and what is estimated of them, English and Danish.

Entered as in `word_list`; `words` reads the tables together. The names of stages are those of a path (`path=improved`),
whatever the code means elsewhere.
"""

from __future__ import annotations

# code -> (English, Danish)
PATHWAY: dict[str, tuple[str, str]] = {
    # stages
    "needs_assessed": ("needs assessment in hospital", "behovsvurdering på hospitalet"),
    "due": ("alive, and due at follow-up", "i live, og skulle have opfølgningsskema"),
    # steps of the participant flow
    "diagnosed_before_appointments": (
        "diagnosed before registration of appointments began",
        "diagnosticeret, før registreringen af aftaler begyndte",
    ),
    "diagnosed_before_forms": (
        "diagnosed before registration of questionnaires began",
        "diagnosticeret, før registreringen af spørgeskemaer begyndte",
    ),
    "followup_not_observed": (
        "follow-up not reached when registration ended",
        "opfølgning ikke nået, da registreringen sluttede",
    ),
    "session_set": (
        "session set: horizon and window observed",
        "horisont og periode observeret til sidste aktivitet",
    ),
    "change_set": (
        "change set: observed to the follow-up",
        "observeret til opfølgningen",
    ),
    "referred_within_horizon": ("referred within the horizon", "henvist inden for horisonten"),
    "referred_before_appointments": (
        "referred before appointments were registered",
        "henvist, før aftaler blev registreret",
    ),
    "persons_interviewed": (
        "interviewed, or started without an interview",
        "kom til samtale eller begyndte uden samtale",
    ),
    # settings
    "improved_by": ("improved by at least (points)", "bedring på mindst (point)"),
    # measures
    "stage_quantity": ("number who reach the stage", "antal, der når trinnet"),
    "stage_ratio": ("ratio of the shares passing the stage", "ratio mellem andele, der passerer trinnet"),
    "log_contribution": ("contribution to the logarithm of the ratio", "bidrag til logaritmen af ratioen"),
    "additional": ("additional a year per 10,000 diagnosed", "flere om året pr. 10.000 diagnosticerede"),
    "gap_change": ("change in the difference", "ændring i forskellen"),
    # stages
    "path=due": ("due at follow-up", "skulle have opfølgningsskema"),
    "path=offered": ("offered", "tilbudt"),
    "path=improved": ("improvement", "bedring"),
    "path=total": ("all stages together", "alle trin tilsammen"),
    # whose
    "everybody": ("everybody", "alle"),
    "bottom": ("the lowest end of the ranking", "den laveste ende af rangordningen"),
    "top": ("the highest end of the ranking", "den højeste ende af rangordningen"),
    # readings
    "reading": ("reading", "læsemåde"),
    "reading=sequential": ("sequential", "trinvis"),
    "reading=reordered": ("sequential, stages in another order", "trinvis, trin i en anden rækkefølge"),
    "reading=shapley": ("Shapley", "Shapley"),
    # scenarios
    "model=as_observed": ("as observed", "som observeret"),
    "model=refer_all": ("everybody referred", "alle henvist"),
    "model=systematic_referral": ("systematic referral", "systematisk henvisning"),
    "model=home_interview": ("interviews raised, as by visits at home", "flere til samtale, fx ved hjemmebesøg"),
    "model=equal_booking": ("equal booking", "lige mange bookinger"),
    # numbers printed for so many persons at the start
    "per_diagnosed": ("per {per} diagnosed", "pr. {per} diagnosticerede"),
    "per_persons": ("per {per} persons", "pr. {per} personer"),
    "per_one": ("per person diagnosed", "pr. diagnosticeret"),
}
