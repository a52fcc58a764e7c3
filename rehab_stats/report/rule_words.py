"""What the rules of an extract say, in Danish: those that an extract may break and still be read.

Errors stop the reading; their messages are English, like every error of the package.
"""

from __future__ import annotations

from rehab_stats.extract.rules import LIMITS
from rehab_stats.words import format_number

RULES_IN_DANISH: dict[str, str] = {
    "checksum_differs": "En fil har den kontrolsum, som SHA256SUMS angiver, hvor den findes.",
    "file_ignored": "En fil, der ikke er en tabel i kontrakten, læses ikke.",
    "sheet_ignored": "Et skjult ark, eller et, der ikke er en tabel i kontrakten, læses ikke.",
    "sheet_full": "Et ark har færre rækker, end et ark kan rumme, så ingen er skåret af.",
    "id_as_number": "Id'er er gemt som tekst, så nuller forrest bliver stående.",
    "column_unknown": "En kolonne, som kontrakten ikke kender, udelades.",
    "line_break": "Et felt i anførselstegn indeholder ikke linjeskift.",
    "blank_row": "En række med lutter tomme felter springes over.",
    "value_absent": "En kolonne, der bør være udfyldt, har ingen tomme celler.",
    "read_as_unknown": "En tom celle læses som koden unknown (ukendt) eller not_registered (ikke registreret).",
    "sks_prefix": "Det D, som danske SKS-koder begynder med (DC50), tages af.",
    "time_dropped": "Et klokkeslæt udelades.",
    "income_implausible": f"Indkomsten er højst {format_number(LIMITS.income_max, 0, 'da')} kr. om året.",
    "not_cancer": "En diagnose er kræft: C00-C97 eller D09, D30, D32, D33, D35, D41-D47.",
    "parent_unknown": "Henvisningen, den kom fra, er en række i referrals.",
    "passed_on_before_received": "En henvisning sendes ikke videre, før den er modtaget.",
    "person_without_diagnosis": "En patient har en diagnose (pårørende behøver ingen).",
    "emigration_after_death": "Udvandring er ikke efter døden.",
    "education_after_diagnosis": "Uddannelsen er slået op senest ved den første kræftdiagnose, C44 fraregnet.",
    "diagnosis_after_emigration": "En diagnose er ikke efter udvandring.",
    "needs_assessed_after_death": "En behovsvurdering er ikke efter døden.",
    "referral_after_death": "En henvisning er ikke efter døden.",
    "referral_after_emigration": "En henvisning er ikke efter udvandring.",
    "referral_before_diagnosis": (
        f"En henvisning er ikke før den første kræftdiagnose, C44 fraregnet (op til {LIMITS.days_before_diagnosis} "
        "dage)."
    ),
    "referral_long_before_diagnosis": (
        f"En henvisning er højst {LIMITS.days_before_diagnosis} dage før den første kræftdiagnose, C44 fraregnet."
    ),
    "referral_without_diagnosis": "En henvist patient har en diagnose.",
    "referral_outside_registration": "En henvisning ligger i registreringsperioden i extract.yaml.",
    "discharged_after_death": "Udskrivning er ikke efter døden.",
    "stays_overlap": (
        "Et ophold begynder, efter at samme persons ophold i andre kommuner er endt (flyttedagen er begge)."
    ),
    "residence_disagrees": "Hvor der er bopæle, rummer et ophold i diagnosens kommune diagnosens dag.",
    "referral_course_unknown": "Forløbet er en række i courses, hvor der er nogen.",
    "closed_on_missing": "Et forløb med en afslutningsårsag har en afslutningsdag.",
    "course_after_death": "Et forløb er ikke åbnet efter døden.",
    "died_without_date": "En person, hvis forløb er afsluttet med døden, har en dødsdato.",
    "course_outside_registration": "Et forløb er åbnet i registreringsperioden i extract.yaml, hvor den er oplyst.",
    "appointment_after_death": (
        "En aftale, som ingen har aflyst eller flyttet, er ikke efter døden (fremmøder fraregnet)."
    ),
    "appointment_after_emigration": "En aftale, som ingen har aflyst eller flyttet, er ikke efter udvandring.",
    "booked_after_date": "En aftale er booket senest på sin egen dag.",
    "still_planned": "En aftale før udtræksdatoen er ikke længere planlagt.",
    "appointment_without_course": "Hvor der er forløb, hører en aftale til et af dem.",
    "appointment_before_referral": "En aftale er ikke før personens første henvisning.",
    "appointment_without_referral": "En patient med aftaler har en henvisning (pårørende behøver ingen).",
    "attended_before_course": "Et fremmøde er ikke før den dag, forløbet er åbnet.",
    "appointment_outside_registration": (
        "En aftale ligger i registreringsperioden i extract.yaml, hvor den er oplyst."
    ),
    "status_never_edited": (
        f"Af en slags, der bookes i forvejen, med mindst {LIMITS.edited_min} tidligere aftaler er nogle ikke fremmødt."
    ),
    "returned_never_given": "Et skema, der er kommet tilbage, er udleveret (det tæller som udleveret).",
    "given_after_death": "Et skema er ikke udleveret efter døden.",
    "due_after_death": "Et skema forfalder ikke efter døden (personen savnes da ikke).",
    "form_before_diagnosis": "Et skema er ikke udleveret før den første kræftdiagnose, C44 fraregnet.",
    "form_outside_registration": "Et skema forfalder i registreringsperioden i extract.yaml, hvor den er oplyst.",
    "score_without_scale": "En score af et kendt skema nævner sin skala (ellers bruges den ikke).",
    "score_never_returned": "Et skema med en score er kommet tilbage.",
    "returned_without_score": "Et skema, der er kommet tilbage, har en score eller svar nok til en.",
    "score_disagrees": (
        f"En score er den, svarene giver, inden for {format_number(LIMITS.score_points, 1, 'da')} point "
        f"({format_number(LIMITS.score_index, 2, 'da')} for EQ-5D-indekset)."
    ),
    "forms_never_missed": (
        f"Af et skema, som mindst {LIMITS.edited_min} personer skulle have besvaret senest på udtræksdatoen, er nogle "
        "ikke kommet tilbage."
    ),
    "instrument_unknown": "Svar scores for skemaer, der kendes her, qlq_c30 og eq_5d_5l (andre bruges ikke).",
    "answer_without_form": "Et svar hører til et skema, der er kommet tilbage.",
}
