"""The words of participation: appointments, stages, counts and what is estimated of them, English and Danish.

Entered as in `word_list`; `words` reads both tables.
"""

from __future__ import annotations

# kind of appointment -> (English, Danish)
KINDS: dict[str, tuple[str, str]] = {
    "contact_attempt": ("attempt at contact", "kontaktforsøg"),
    "first_contact": ("first contact", "første kontakt"),
    "interview": ("interview", "indledende samtale"),
    "assessment": ("assessment", "vurdering og test"),
    "exercise": ("exercise", "fysisk træning"),
    "patient_education": ("patient education", "patientundervisning"),
    "diet": ("diet", "kostvejledning"),
    "occupational_therapy": ("occupational therapy", "ergoterapi"),
    "social_work": ("social work", "socialrådgivning"),
    "psychology": ("psychology", "psykologsamtale"),
    "mindfulness": ("mindfulness", "mindfulness"),
    "relaxation": ("relaxation", "afspænding"),
    "memory": ("memory training", "hukommelsestræning"),
    "follow_up": ("follow-up", "opfølgning"),
    "closing_talk": ("closing talk", "afsluttende samtale"),
}
_OTHER = ("other sessions", "andre aktiviteter")

PARTICIPATION: dict[str, tuple[str, str]] = (
    KINDS
    | {
        f"{column}_{kind}": (f"{english}: {words[0]}", f"{danish}: {words[1]}")
        for kind, (english, danish) in (KINDS | {"other": _OTHER}).items()
        for column, words in (
            ("attended", ("sessions attended", "fremmøder")),
            ("booked", ("sessions booked", "bookede aktiviteter")),
        )
    }
    | {
        "kind=other": _OTHER,
        # measures
        "rate_ratio": ("ratio of mean numbers (rate ratio)", "ratio mellem gennemsnitlige antal (rateratio)"),
        "mean_ratio": ("ratio of means", "ratio mellem gennemsnit"),
        "mean_difference": ("difference in means", "forskel i gennemsnit"),
        "contribution": ("contribution to the difference", "bidrag til forskellen"),
        "share_of_total": ("share of the difference", "andel af forskellen"),
        "transition": ("share of those at the stage before", "andel af dem på trinnet før"),
        "transition_difference": (
            "difference in the share of those at the stage before",
            "forskel i andelen af dem på trinnet før",
        ),
        "restricted_mean": ("mean time, restricted", "gennemsnitlig tid, afgrænset"),
        "time_lost": ("mean time lost", "gennemsnitlig tabt tid"),
        "mean_time_difference": ("difference in mean time", "forskel i gennemsnitlig tid"),
        "time_lost_difference": ("difference in mean time lost", "forskel i gennemsnitlig tabt tid"),
        "aic": ("AIC", "AIC"),
        "log_likelihood": ("log-likelihood", "log-likelihood"),
        "dispersion": ("dispersion", "spredning (dispersion)"),
        "theta": ("theta", "theta"),
        "zeros_observed": ("persons with none, observed", "personer uden nogen, observeret"),
        "zeros_expected": ("persons with none, expected", "personer uden nogen, forventet"),
        "observed_persons": ("persons observed", "observerede personer"),
        "expected_persons": ("persons expected", "forventede personer"),
        "share_of_appointments": ("share of the appointments", "andel af aftalerne"),
        # families of count models
        "family": ("count model", "tællemodel"),
        "poisson": ("Poisson", "Poisson"),
        "quasipoisson": ("quasi-Poisson", "kvasi-Poisson"),
        "negative_binomial": ("negative binomial", "negativ binomial"),
        "hurdle_poisson": ("hurdle, Poisson", "hurdle, Poisson"),
        "hurdle_negative_binomial": ("hurdle, negative binomial", "hurdle, negativ binomial"),
        "any": ("at least one", "mindst én"),
        "count_if_any": ("among those with any", "blandt dem med mindst én"),
        "sessions_attended=any": ("attending at all", "mindst ét fremmøde"),
        "sessions_attended=count_if_any": (
            "sessions attended, among those who attended any",
            "fremmøder blandt dem med mindst ét",
        ),
        "sessions_booked=any": ("any session booked", "mindst én booket aktivitet"),
        "sessions_booked=count_if_any": (
            "sessions booked, among those with any",
            "bookede aktiviteter blandt dem med mindst én",
        ),
        # the parts that a difference in attendance is made of
        "component": ("component", "komponent"),
        "component=booked": ("number booked", "antal bookede"),
        "component=cancelled_by_person": ("cancelled by the person", "afbud fra personen"),
        "component=cancelled_by_centre": ("cancelled by the centre", "aflyst af centret"),
        "component=no_show": ("did not show up", "udeblivelse"),
        "component=total": ("the whole difference", "hele forskellen"),
        # stages, and columns of the persons referred
        "stage": ("stage", "trin"),
        "stage=risk": ("share of all", "andel af alle"),
        "stage=risk_difference": ("difference in the share of all", "forskel i andelen af alle"),
        "interview_booked": ("interview booked", "samtale booket"),
        "any_session_booked": ("any session booked", "mindst én aktivitet booket"),
        "started": ("any session attended", "mindst ét fremmøde"),
        "completed": ("programme completed", "forløb gennemført"),
        "received_on": ("day of the referral", "dag for henvisningen"),
        "days_at_risk": ("days of opportunity", "dage med mulighed for at deltage"),
        "window_complete": ("whole window registered", "hele perioden registreret"),
        "died_in_window": ("died within the window", "døde inden for perioden"),
        "contact_attempts": ("attempts at contact", "kontaktforsøg"),
        "working_days_to_contact": ("working days to contact", "arbejdsdage til kontakt"),
        "days_to_interview": ("days to the interview", "dage til samtalen"),
        "interview_at_home": ("interview at home", "samtale i hjemmet"),
        "social_work_interview": ("interview with a social worker", "samtale med en socialrådgiver"),
        "sessions_booked": ("sessions booked", "bookede aktiviteter"),
        "sessions_no_show": ("sessions missed without notice", "udeblivelser"),
        "sessions_cancelled_by_person": ("sessions cancelled by the person", "afbud fra personen"),
        "sessions_cancelled_by_centre": ("sessions cancelled by the centre", "aflysninger fra centret"),
        "sessions_rescheduled": ("sessions moved to another day", "flyttede aktiviteter"),
        "sessions_unregistered": ("sessions without a registered status", "aktiviteter uden registreret status"),
        "weeks_in_programme": ("weeks in the programme", "uger i forløbet"),
        "leaving_event": ("event code", "hændelseskode"),
        "leaving_event=event": ("leaving the programme", "at forlade forløbet"),
        "leaving_event=competing": ("completion of the course or death", "gennemførelse af forløbet eller død"),
        "returned_after_gap": ("came back after the gap", "kom tilbage efter pausen"),
        # appointments and courses
        "courses": ("courses", "forløb"),
        "appointments": ("appointments", "aftaler"),
        "status": ("status", "status"),
        "planned": ("planned", "planlagt"),
        "attended": ("attended", "mødt"),
        "no_show": ("did not show up", "udeblevet"),
        "cancelled_by_person": ("cancelled by the person", "afbud fra personen"),
        "cancelled_by_centre": ("cancelled by the centre", "aflyst af centret"),
        "rescheduled": ("moved to another day", "flyttet"),
        "not_registered": ("not registered", "ikke registreret"),
        "mode": ("how", "hvordan"),
        "mode=centre": ("at the centre", "i centret"),
        "mode=home": ("at home", "i hjemmet"),
        "mode=phone": ("by telephone", "telefonisk"),
        "mode=video": ("by video", "via video"),
        "format": ("format", "form"),
        "format=group": ("in a group", "på hold"),
        "format=individual": ("individually", "individuelt"),
        "close_reason": ("how the course ended", "hvordan forløbet sluttede"),
        "close_reason=completed": ("completed", "gennemført"),
        "close_reason=declined": ("declined", "takket nej"),
        "close_reason=not_reached": ("never reached", "ikke truffet"),
        "close_reason=moved": ("moved away", "fraflyttet"),
        "close_reason=died": ("died", "død"),
        # settings, scenario, tables
        "window_days": ("window (days from the referral)", "periode (dage fra henvisningen)"),
        "interview_days": ("interview within (days)", "samtale inden for (dage)"),
        "gap_days": ("gap that counts as leaving (days)", "pause, der regnes som at forlade forløbet (dage)"),
        "session_kinds": ("kinds of session counted", "medregnede aktiviteter"),
        "referred_from": ("referred from", "henvist fra"),
        "no_shows": ("the gap lies in showing up", "forskellen ligger i fremmødet"),
        "weeks": ("weeks", "uger"),
        "one_of=days": ("day", "dag"),
        "one_of=weeks": ("week", "uge"),
        "time_origin=diagnosis": ("diagnosis", "diagnosen"),
        "time_origin=referral": ("the referral", "henvisningen"),
        "time_origin=first_session": ("the first session attended", "det første fremmøde"),
        "with_any": ("who had any", ", der havde mindst én"),
        "who_did": ("who did", ", der gjorde"),
        "persons_with_none": ("with none", "uden nogen"),
        "docvis": ("doctor visits", "lægebesøg"),
        "docvis=any": ("any doctor visit", "mindst ét lægebesøg"),
        "docvis=count_if_any": (
            "doctor visits, among those with any",
            "lægebesøg blandt dem med mindst ét",
        ),
        "comply": ("attended the offered course", "mødte til det tilbudte kursus"),
        "educ": ("education", "uddannelse"),
    }
)
