"""The words of monitoring: deadlines, coverage, funnels, charts over time; English and Danish, and its refusals.

Entered as in `word_list`; `words` reads the tables together.
"""

from __future__ import annotations

# code -> (English, Danish)
MONITORING: dict[str, tuple[str, str]] = {
    # what must be done by a deadline
    "needs_assessment": ("needs assessment", "behovsvurdering"),
    "needs_assessment=event": ("needs assessment", "behovsvurdering"),
    "needs_assessment=competing": (
        "declining, death or moving first",
        "afslag, død eller flytning først",
    ),
    "first_contact=event": ("first contact", "første kontakt"),
    "first_contact=competing": (
        "declining, death or moving first",
        "afslag, død eller flytning først",
    ),
    "onward_referral": ("onward referral", "viderehenvisning"),
    "onward_referral=event": ("onward referral", "viderehenvisning"),
    "onward_referral=competing": (
        "declining, death or moving first",
        "afslag, død eller flytning først",
    ),
    "executing_contact": ("contact by the executing municipality", "udførende kommunes kontakt"),
    "executing_contact=event": ("contact by the executing municipality", "udførende kommunes kontakt"),
    "executing_contact=competing": (
        "declining, death or moving first",
        "afslag, død eller flytning først",
    ),
    "extended_assessment": ("extended assessment", "uddybende udredning"),
    "extended_assessment=event": ("extended assessment", "uddybende udredning"),
    "extended_assessment=competing": (
        "declining, death or moving first",
        "afslag, død eller flytning først",
    ),
    "start": ("start of the offer", "opstart af tilbuddet"),
    "start=event": ("start of the offer", "opstart af tilbuddet"),
    "start=competing": (
        "declining, death or moving first",
        "afslag, død eller flytning først",
    ),
    "closing_evaluation": ("closing evaluation", "afsluttende evaluering"),
    "closing_evaluation=event": ("closing evaluation", "afsluttende evaluering"),
    "closing_evaluation=competing": (
        "declining, death or moving first",
        "afslag, død eller flytning først",
    ),
    "rehabilitation_plan_start": ("start after a rehabilitation plan", "opstart efter genoptræningsplan"),
    "rehabilitation_plan_start=event": ("start after a rehabilitation plan", "opstart efter genoptræningsplan"),
    "rehabilitation_plan_start=competing": (
        "declining, death or moving first",
        "afslag, død eller flytning først",
    ),
    "in_time": ("being in time", "at være til tiden"),
    "declined": ("declined", "takket nej"),
    "never_reached": ("never reached", "aldrig truffet"),
    "passed_on": ("passed on to a joint offer, of those assessed", "henvist videre til fælles tilbud, af de vurderede"),
    "satisfied": ("satisfied with the course", "tilfreds med forløbet"),
    "benefit": ("benefit of the course", "udbytte af forløbet"),
    "decline_reason": ("reason for declining", "årsag til at takke nej"),
    "not_relevant": ("not relevant", "ikke relevant"),
    "too_far": ("too far", "for langt væk"),
    "decline_reason=distance": ("distance", "afstand"),
    "decline_reason=no_need": ("no need", "intet behov"),
    "decline_reason=own_offer": ("an offer of one's own", "eget tilbud"),
    "decline_reason=too_ill": ("too ill", "for syg"),
    "decline_reason=work": ("work", "arbejde"),
    "other_course": ("another course", "andet forløb"),
    "months": ("months", "måneder"),
    "one_of=months": ("month", "måned"),
    # units and origins of time
    "working_days": ("working days", "hverdage"),
    "one_of=working_days": ("working day", "hverdag"),
    "time_origin=referral": ("the referral", "henvisningen"),
    # measures
    "deadline_share": ("share within the deadline", "andel inden for fristen"),
    "referrals_received": ("referrals received", "modtagne henvisninger"),
    "referrals_waiting": ("still waiting beyond the deadline", "venter stadig efter fristen"),
    "referrals_not_due": ("deadline not yet passed", "frist endnu ikke udløbet"),
    "referrals_declined": ("declined before the deadline", "takkede nej før fristen"),
    "referrals_died": ("died or moved away before the deadline", "døde eller flyttede før fristen"),
    "indicator_share": ("share of those counted", "andel af de talte"),
    "answered_share": ("share of those asked who answered", "andel af de adspurgte, der svarede"),
    "share_difference": ("difference in shares", "forskel i andele"),
    "coverage": ("coverage of the expected need", "dækning af det forventede behov"),
    "coverage_slope": ("slope of the coverage along the ranking", "dækningens hældning langs rangordningen"),
    "coverage_ratio": (
        "ratio of the coverages at the two ends of the ranking",
        "ratio mellem dækningerne i rangordningens to ender",
    ),
    "overdispersion": ("spread between units and periods", "spredning mellem enheder og perioder"),
    "control_limits": ("control limits", "kontrolgrænser"),
    "control_limits=0.95": ("95 % limits", "95 %-grænser"),
    "control_limits=0.998": ("99.8 % limits", "99,8 %-grænser"),
    # expectations
    "need_incident": ("those newly diagnosed expected to need it (40 %)", "nye tilfælde med forventet behov (40 %)"),
    "need_self_managed": (
        "those living with cancer who manage with support (70 %)",
        "de prævalente, der klarer sig med støtte (70 %)",
    ),
    "need_professional": (
        "those living with cancer who need what professionals lead (25 %)",
        "de prævalente med behov for en fagprofessionelt ledet indsats (25 %)",
    ),
    "need_complex": (
        "those living with cancer with complex needs (5 %)",
        "de prævalente med komplekse behov (5 %)",
    ),
    # a criterion
    "target": ("criterion", "succeskriterium"),
    "verdict": ("criterion met", "kriterium opfyldt"),
    "verdict=met": ("met", "opfyldt"),
    "verdict=not_met": ("not met", "ikke opfyldt"),
    "verdict=undecided": ("undecided", "uafklaret"),
    # where a share stands to its limits
    "position": ("against the limits", "i forhold til grænserne"),
    "position=inside": ("inside the limits", "inden for grænserne"),
    "position=below_0.95": ("below the 95 % limits", "under 95 %-grænserne"),
    "position=above_0.95": ("above the 95 % limits", "over 95 %-grænserne"),
    "position=below_0.998": ("below the 99.8 % limits", "under 99,8 %-grænserne"),
    "position=above_0.998": ("above the 99.8 % limits", "over 99,8 %-grænserne"),
    "position=below_0.9973": ("below the control limits", "under kontrolgrænserne"),
    "position=above_0.9973": ("above the control limits", "over kontrolgrænserne"),
    # what a chart over time says
    "signal=none": ("no more than chance", "ikke mere end tilfældighed"),
    "signal=shift": ("more than chance: a shift or trend", "mere end tilfældighed: skift eller tendens"),
    "signal=outside": (
        "more than chance: a period outside the limits",
        "mere end tilfældighed: en periode uden for grænserne",
    ),
    "signal=outside_and_shift": (
        "more than chance: a shift or trend, and a period outside the limits",
        "mere end tilfældighed: skift eller tendens og en periode uden for grænserne",
    ),
    "signal=too_few": ("too few periods to tell", "for få perioder til at sige noget"),
    # before and after a measure began
    "side=before": ("before the measure began", "før tiltaget begyndte"),
    "side=after": ("after the measure began", "efter at tiltaget begyndte"),
    "trend": ("a straight trend over time", "en lineær tendens over tid"),
    "years_from_start": ("a straight trend over time", "en lineær tendens over tid"),
    # counts behind a sentence
    "done_in_time": ("in time", "til tiden"),
    # parts of a year in charts
    # the flow of referrals
    "flow_of_referrals": ("flow of the referrals", "henvisningernes flow"),
    "referrals_in_extract": ("referrals in the extract", "henvisninger i udtrækket"),
    "received_before_period": ("received before registration began", "modtaget før registreringen begyndte"),
    "not_accepted": ("not accepted", "ikke modtaget i forløb"),
    "municipality_unknown": ("municipality not known", "kommune ikke kendt"),
    "referrals_used": ("referrals used", "anvendte henvisninger"),
    "received_at_home": ("received at home", "modtaget i hjemkommunen"),
    "home_without_contact": ("of them without a first contact so far", "heraf endnu uden første kontakt"),
    "received_from_another": ("passed on by another municipality", "sendt videre fra en anden kommune"),
    "overview": ("overview", "oversigt"),
    "referrals": ("referrals", "henvisninger"),
    "municipality=total": ("all municipalities", "alle kommuner"),
}

# what data can be like -> Danish, as in `refusal_words`
MONITORING_REASONS: tuple[tuple[str, str], ...] = (
    (
        r"(?P<other>\w+) has fewer than (?P<value>\d+) ranked rows with 0 or with 1: too few for a slope by "
        r"(?P<second>\w+)",
        "{other} har færre end {value} rangordnede rækker med 0 eller med 1: for få til en hældning efter {second}",
    ),
    (
        r"(?P<other>\w+) has fewer than (?P<value>\d+) rows with 0 or with 1: too few to tell a step from a trend",
        "{other} har færre end {value} rækker med 0 eller med 1: for få til at skelne et spring fra en tendens",
    ),
    (
        r"nobody's wait has ended yet: there is no incidence",
        "ingens ventetid er slut endnu: der er ingen incidens",
    ),
    (
        r"no row counts for (?P<other>\w+): there is no share to tell",
        "ingen række tæller med for {other}: der er ingen andel at opgøre",
    ),
    (
        r"nobody has (?P<other>\w+) = 1: there are no reasons to count",
        "ingen har {other} = 1: der er ingen årsager at tælle",
    ),
    (
        r"(?P<listed>[\w ]+?) make (?P<value>\d+) groups: a dispersion needs at least (?P<share>\d+); pool periods",
        "der er {value} grupper: en dispersion kræver mindst {share}; slå perioder sammen",
    ),
    (
        r"(?P<other>\w+) is (?P<value>[01]) in all rows used: there is no funnel around it; give a target",
        "{other} er {value} i alle anvendte rækker: der er ingen tragt omkring det; angiv et mål",
    ),
    (
        r"(?P<other>\w+) is (?P<value>[01]) in all rows used: there are no limits around it; give a centre",
        "{other} er {value} i alle anvendte rækker: der er ingen grænser omkring det; angiv en midterlinje",
    ),
    (
        r"no measure is named: there is no before and after",
        "der er ikke angivet nogen indsats: der er intet før og efter",
    ),
    (
        r"nobody counts before (?P<value>\S+): there is nothing to compare",
        "ingen tæller med før {value}: der er intet at sammenligne",
    ),
    (
        r"nobody counts after (?P<value>\S+): there is nothing to compare",
        "ingen tæller med efter {value}: der er intet at sammenligne",
    ),
    (
        r"fewer than (?P<value>\d+) of those referred have a known (?P<second>\w+): too few for a slope",
        "færre end {value} af de henviste har {second} oplyst: for få til en hældning",
    ),
    (
        r"all referred are of one level of (?P<second>\w+): there is no slope",
        "alle henviste er på ét niveau af {second}: der er ingen hældning",
    ),
    (
        r"persons were referred at a level of (?P<second>\w+) at which nobody is expected: there is no slope",
        "der er henvist personer på et niveau af {second}, hvor ingen er forventet: der er ingen hældning",
    ),
    (
        r"nobody is expected to need it: there is nothing to cover",
        "ingen er forventet at have behov: der er intet at dække",
    ),
)
