"""One table of words: the English and the Danish of every code that an output can show, and how numbers are written.

Codes are the contract's and the result type's own (`short`, `hazard_ratio`, `age_sex_year`). A code that means
different things in different columns is entered as `column=code`; that entry wins over the plain one.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable

LANGUAGES = ("en", "da")

# code -> (English, Danish)
WORDS: dict[str, tuple[str, str]] = {
    # measures
    "odds_ratio": ("odds ratio", "odds ratio"),
    "hazard_ratio": ("hazard ratio", "hazard ratio"),
    "risk_ratio": ("risk ratio", "risikoratio"),
    "risk_difference": ("risk difference", "risikoforskel"),
    "risk": ("risk", "risiko"),
    "count": ("number", "antal"),
    "share": ("share", "andel"),
    "mean": ("mean", "gennemsnit"),
    "standard_deviation": ("standard deviation", "standardafvigelse"),
    "median": ("median", "median"),
    "lower_quartile": ("lower quartile", "nedre kvartil"),
    "upper_quartile": ("upper quartile", "øvre kvartil"),
    # columns of persons and of the cohort
    "education": ("education", "uddannelse"),
    "sex": ("sex", "køn"),
    "age": ("age at diagnosis (years)", "alder ved diagnose (år)"),
    "age_group": ("age group (years)", "aldersgruppe (år)"),
    "year": ("year of diagnosis", "diagnoseår"),
    "diagnosis_group": ("cancer", "kræftform"),
    "income": ("income (DKK, equivalised)", "indkomst (kr., ækvivaleret)"),
    "income_fifth": ("income fifth", "indkomstfemtedel"),
    "cohabiting": ("cohabitation", "samliv"),
    "children_at_home": ("children at home", "hjemmeboende børn"),
    "comorbidity": ("Charlson comorbidity score", "Charlson-komorbiditetsscore"),
    "comorbidity_group": ("Charlson comorbidity score", "Charlson-komorbiditetsscore"),
    "origin": ("origin", "herkomst"),
    "labour_market": ("labour market position", "arbejdsmarkedstilknytning"),
    "department": ("hospital department", "hospitalsafdeling"),
    "municipality": ("municipality", "kommune"),
    "sender": ("sender of the referral", "henvisende instans"),
    "persons": ("persons", "personer"),
    "referred": ("referral", "henvisning"),
    "referral_event=event": ("referral", "henvisning"),
    "referral_event=competing": ("death before referral", "død før henvisning"),
    "event": ("the event", "hændelsen"),
    "competing": ("the competing event", "den konkurrerende hændelse"),
    "days_to_referral": ("days to referral", "dage til henvisning"),
    "flow": ("participant flow", "deltagerflow"),
    # education
    "basic": ("basic", "grundskole"),
    "upper_secondary_or_vocational": ("upper secondary or vocational", "gymnasial eller erhvervsfaglig"),
    "short_or_medium_higher": ("short or medium higher", "kort eller mellemlang videregående"),
    "long_higher": ("long higher", "lang videregående"),
    "education=short": ("short education", "kort uddannelse"),
    "education=medium": ("medium education", "mellemlang uddannelse"),
    "education=long": ("long education", "lang uddannelse"),
    "education=basic": ("basic education", "grundskole"),
    "education=upper_secondary_or_vocational": (
        "upper secondary or vocational education",
        "gymnasial eller erhvervsfaglig uddannelse",
    ),
    "education=short_or_medium_higher": (
        "short or medium higher education",
        "kort eller mellemlang videregående uddannelse",
    ),
    "education=long_higher": ("long higher education", "lang videregående uddannelse"),
    "education=unknown": ("education unknown", "uddannelse ukendt"),
    "short": ("short", "kort"),
    "medium": ("medium", "mellemlang"),
    "long": ("long", "lang"),
    "unknown": ("unknown", "ukendt"),
    "missing": ("missing", "mangler"),
    "total": ("all", "alle"),
    # other codings
    "female": ("women", "kvinder"),
    "male": ("men", "mænd"),
    "alone": ("living alone", "bor alene"),
    "cohabiting=cohabiting": ("cohabiting", "samboende"),
    "2_or_more": ("2 or more", "2 eller flere"),
    "danish": ("Danish", "dansk"),
    "western": ("Western", "vestlig"),
    "non_western": ("non-Western", "ikke-vestlig"),
    "breast": ("breast", "bryst"),
    "prostate": ("prostate", "prostata"),
    "colorectal": ("colorectal", "tyk- og endetarm"),
    "lung": ("lung", "lunge"),
    "head_and_neck": ("head and neck", "hoved og hals"),
    "haematological": ("haematological", "blod og lymfe"),
    "other": ("other", "andet"),
    "diagnosis_group=other": ("other cancers", "andre kræftformer"),
    "hospital": ("hospital", "hospital"),
    "general_practice": ("general practice", "almen praksis"),
    "job_centre": ("job centre", "jobcenter"),
    "other_municipal": ("other municipal", "anden kommunal"),
    "self": ("self", "borgeren selv"),
    "employed": ("employed", "i arbejde"),
    "unemployed": ("unemployed", "ledig"),
    "sickness_benefit": ("sickness benefit", "sygedagpenge"),
    "retired": ("retired", "pensioneret"),
    "disability_pension": ("disability pension", "førtidspension"),
    "income_fifth=1": ("1st fifth (lowest)", "1. femtedel (lavest)"),
    "income_fifth=2": ("2nd fifth", "2. femtedel"),
    "income_fifth=3": ("3rd fifth", "3. femtedel"),
    "income_fifth=4": ("4th fifth", "4. femtedel"),
    "income_fifth=5": ("5th fifth (highest)", "5. femtedel (højest)"),
    # adjustment sets and models
    "crude": ("unadjusted", "ujusteret"),
    "adjusted": ("adjusted", "justeret"),
    "age_sex_year": ("age, sex and year", "alder, køn og år"),
    "plus_diagnosis": ("age, sex, year and cancer type", "alder, køn, år og kræftform"),
    "full": (
        "age, sex, year, cancer type, income, cohabitation and children",
        "alder, køn, år, kræftform, indkomst, samliv og børn",
    ),
    "published": ("printed", "trykt"),
    "model": ("adjusted for", "justeret for"),
    # the participant flow of the access cohort
    "persons_in_extract": ("persons in the extract", "personer i udtrækket"),
    "relatives": ("relatives, not patients", "pårørende, ikke patienter"),
    "no_cancer_diagnosis": ("no cancer diagnosis", "ingen kræftdiagnose"),
    "below_age_min": ("below the age limit at diagnosis", "under aldersgrænsen ved diagnose"),
    "included": ("persons included", "inkluderede personer"),
    "gone_before_registration": (
        "died or emigrated before registration of referrals began",
        "døde eller udvandrede, før registreringen af henvisninger begyndte",
    ),
    "diagnosed_after_registration": (
        "diagnosed after registration of referrals ended",
        "diagnosticeret efter registreringen af henvisninger sluttede",
    ),
    "hazard_set": ("persons in the hazard models", "personer i hazard-modellerne"),
    "diagnosed_before_registration": (
        "diagnosed before registration of referrals began",
        "diagnosticeret før registreringen af henvisninger begyndte",
    ),
    "horizon_not_observed": (
        "horizon not reached when registration ended",
        "horisonten ikke nået, da registreringen sluttede",
    ),
    "emigrated_within_horizon": ("emigrated within the horizon", "udvandret inden for horisonten"),
    "risk_set": ("persons in the risk models", "personer i risikomodellerne"),
    # tables of an extract and its check
    "table": ("table", "tabel"),
    "rows": ("rows", "rækker"),
    "column": ("column", "kolonne"),
    "rule": ("rule", "regel"),
    "severity": ("severity", "alvor"),
    "finding": ("finding", "fund"),
    "nothing_found": ("nothing: every rule is kept", "intet: alle regler er overholdt"),
    "error": ("error", "fejl"),
    "warning": ("warning", "advarsel"),
    "note": ("note", "bemærkning"),
    "diagnoses": ("diagnoses", "diagnoser"),
    "referrals": ("referrals", "henvisninger"),
    "registered_from": ("registered from", "registreret fra"),
    "registered_to": ("registered to", "registreret til"),
    "referral_shortly_before_diagnosis": (
        "referral shortly before the diagnosis, counted as of its day",
        "henvisning kort før diagnosen, regnet fra diagnosedagen",
    ),
    "referral_long_before_diagnosis": (
        "referral earlier than that, passed over",
        "tidligere henvisning, ikke medregnet",
    ),
    "only_left_out_diagnoses": ("only non-melanoma skin cancer", "kun hudkræft, der ikke er modermærkekræft"),
    "diagnosed_before_period": ("first diagnosis before the period", "første diagnose før perioden"),
    "since_registration": ("diagnosed since registration began", "diagnosticeret, siden registreringen begyndte"),
    "other_municipality": ("lived in another municipality", "boede i en anden kommune"),
    "age_unknown": ("age unknown", "alder ukendt"),
    "referred_before_registration": (
        "known to have been referred before registration began",
        "vides at være henvist, før registreringen begyndte",
    ),
    # a German health survey in 91_real_people
    "edlevel": ("education", "uddannelse"),
    "edlevel=1": ("less than high school", "under gymnasieniveau"),
    "edlevel=2": ("high school", "gymnasieniveau"),
    "edlevel=3": ("college or university", "college eller universitet"),
    "edlevel=4": ("graduate school", "kandidat eller ph.d."),
    "tgrade": ("tumour grade", "tumorgrad"),
    "tgrade=I": ("grade I", "grad I"),
    "tgrade=II": ("grade II", "grad II"),
    "tgrade=III": ("grade III", "grad III"),
    "cens=event": ("recurrence or death", "recidiv eller død"),
    "menostat": ("menopausal status", "menopausestatus"),
    "age_in_years": ("age (years)", "alder (år)"),
    "married": ("married", "gift"),
    "True": ("yes", "ja"),
    "False": ("no", "nej"),
    # words around numbers
    "n": ("n", "n"),
    "events": ("events", "hændelser"),
    "estimate": ("estimate", "estimat"),
    "std_error": ("standard error", "standardfejl"),
    "conf_low": ("95 % CI, lower", "95 % KI, nedre"),
    "conf_high": ("95 % CI, upper", "95 % KI, øvre"),
    "ci": ("95 % CI", "95 % KI"),
    "p_value": ("p", "p"),
    "outcome": ("outcome", "udfald"),
    "measure": ("measure", "mål"),
    "level": ("level", "niveau"),
    "reference": ("reference", "reference"),
    "stratum": ("stratum", "stratum"),
    "at": ("at", "ved"),
    "to": ("to", "til"),
    "within": ("within", "inden for"),
    "with": ("with", "med"),
    "days": ("days", "dage"),
    "chi_square": ("chi-square", "chi i anden"),
    "ph_chi_square": ("score test of proportional hazards", "scoretest af proportionale hazards"),
    "all_terms": ("all terms", "alle led"),
    "bs(age, df=4)": ("age (spline)", "alder (spline)"),
    "C(year)": ("year of diagnosis", "diagnoseår"),
    "here": ("here", "her"),
    "largest_difference": ("largest relative difference", "største relative forskel"),
    "degrees_of_freedom": ("df", "frihedsgrader"),
    "df": ("df", "frihedsgrader"),
    "and": ("and", "og"),
    "yes": ("yes", "ja"),
    "no": ("no", "nej"),
    "excluded": ("excluded", "ekskluderet"),
    "characteristic": ("characteristic", "kendetegn"),
    "synthetic_note": ("Synthetic data: simulated persons.", "Syntetiske data: simulerede personer."),
    # printed figures
    "interview_attended": ("interview attended", "samtale gennemført"),
    "alive": ("alive", "i live"),
    "sessions_attended": ("sessions attended", "fremmøder"),
    "higher": ("higher education", "videregående uddannelse"),
    "not_higher": ("no higher education", "uden videregående uddannelse"),
    "children": ("children at home", "hjemmeboende børn"),
    "no_children_at_home": ("no children at home", "ingen hjemmeboende børn"),
    "rehabilitation_plan": ("rehabilitation plan", "genoptræningsplan"),
    "own_form": ("own form", "eget skema"),
    "unaccounted": ("unaccounted for", "ikke gjort rede for"),
    "difference": ("difference", "forskel"),
    "diagnosed": ("persons diagnosed", "personer med diagnose"),
    "source": ("source", "kilde"),
    "place": ("place", "sted"),
    "certainty": ("certainty", "sikkerhed"),
    "abstract": ("abstract", "resumé"),
    "abstract, at pure-portal.regsj.dk": ("abstract, at pure-portal.regsj.dk", "resumé, på pure-portal.regsj.dk"),
    "VERIFIED": ("verified", "kontrolleret"),
    "SEED": ("the centre's report", "centrets rapport"),
    "RECALLED": ("recalled", "efter hukommelsen"),
    "DERIVED": ("derived", "udledt"),
    # scenarios
    "default": ("default", "standard"),
    "equal": ("equal", "lige"),
    "reversed": ("reversed", "omvendt"),
    # other outcomes
    "hospital_stay": ("any hospital stay in the year", "mindst én hospitalsindlæggelse i året"),
}


def label(code: object, language: str = "en", column: str = "") -> str:
    """The words for a code in a language; `column` picks the meaning where one code has several.

    A code without an entry is shown as it is, underscores turned to spaces, so that a user's own levels still read.
    Raises ValueError on a language that the table does not have.
    """
    place = _place(language)
    text = str(code)
    found = WORDS.get(f"{column}={text}") or WORDS.get(text)
    return found[place] if found else text.replace("_", " ")


def format_number(value: float | None, digits: int = 2, language: str = "en") -> str:
    """A number as print writes it: 13,840 and 1.33 in English, 13.840 and 1,33 in Danish; nothing for a missing one."""
    place = _place(language)
    if value is None or not math.isfinite(float(value)):
        return ""
    text = f"{float(value):,.{digits}f}"
    if re.fullmatch(r"-0(\.0+)?", text):  # a rounded minus nought is nought
        text = text[1:]
    text = text.replace("-", "\N{MINUS SIGN}")
    return text.translate(str.maketrans(",.", ".,")) if place else text


def format_interval(low: float, high: float, digits: int = 2, language: str = "en") -> str:
    """An interval in words: `1.19 to 1.49`, `1,19 til 1,49`; nothing when a limit is missing."""
    ends = [format_number(limit, digits, language) for limit in (low, high)]
    return f" {label('to', language)} ".join(ends) if all(ends) else ""


def format_p(value: float | None, language: str = "en") -> str:
    """A p-value with three decimals, `<0.001` below that, never `0.000`; nothing for a missing one."""
    if value is None or not math.isfinite(float(value)):
        return ""
    return "<" + format_number(0.001, 3, language) if value < 0.001 else format_number(value, 3, language)


def did_you_mean(given: object, known: Iterable[object], *, cutoff: float = 0.5) -> str:
    """`; did you mean 'x'?` for the nearest of `known`, or nothing when none is near (likeness of `cutoff`, 0 to 1)."""
    nearest = difflib.get_close_matches(str(given), [str(choice) for choice in known], n=1, cutoff=cutoff)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def _place(language: str) -> int:
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}; got {language!r}")
    return LANGUAGES.index(language)
