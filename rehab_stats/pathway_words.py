"""The words of the pathway from the diagnosis to the change: stages and steps of the flow, English and Danish.

Entered as in `word_list`; `words` reads the tables together. What participation and effect have words for stands there.
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
}
