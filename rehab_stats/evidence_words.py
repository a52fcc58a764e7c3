"""The words of the printed evidence: how initiatives, measures, deadlines and offers are sorted, English and Danish.

Entered as in `word_list`; `words` reads the tables together. Names of the things themselves stand in data/published, in
both languages.
"""

from __future__ import annotations

# code -> (English, Danish)
EVIDENCE: dict[str, tuple[str, str]] = {
    # columns
    "acts_on": ("acts on", "virker på"),
    "track": ("track", "spor"),
    "indicator": ("indicator", "indikator"),
    "judgement": ("judgement", "vurdering"),
    "initiative": ("initiative", "initiativ"),
    "category": ("category", "kategori"),
    "subcategory": ("subcategory", "underkategori"),
    "deadline": ("deadline", "frist"),
    "thing=initiative": ("initiative", "initiativ"),
    "thing=measure": ("measure", "tiltag"),
    "thing=recommendation": ("recommendation", "anbefaling"),
    "thing=target_group": ("target group or factor", "målgruppe eller faktor"),
    "thing=principle": ("principle", "princip"),
    "report": ("report", "rapport"),
    "name_da": ("Danish name", "dansk navn"),
    "judged_here": ("judged here", "vurderet her"),
    "printed": ("printed", "trykt"),
    "from_parts": ("from the parts, or elsewhere", "ud fra delene eller et andet sted"),
    # where on the path something acts
    "acts_on=before": ("before referral", "før henvisning"),
    "acts_on=access": ("access", "adgang"),
    "acts_on=participation": ("participation", "deltagelse"),
    "acts_on=effect": ("effect", "effekt"),
    # the centre's tracks
    "track=referral_bridge": ("referral and bridge-building", "henvisning og brobygning"),
    "track=wider_coordination": ("wider coordination", "udvidet forløbskoordination"),
    "track=offers": ("offers", "tilbud"),
    "track=teamwork": ("teamwork within", "tværfagligt samarbejde internt"),
    "track=pedagogy": ("approach of health education", "sundhedspædagogisk tilgang"),
    "track=none": ("none", "intet spor"),
    # indicators of this suite
    "indicator=referral": ("share referred", "andel henvist"),
    "indicator=referral_gradient": ("gap in referral, any axis", "forskel i henvisning, valgfri akse"),
    "indicator=needs_assessed": ("needs assessment in hospital", "behovsvurdering på hospitalet"),
    "indicator=interview_attended": ("interview attended", "samtale gennemført"),
    "indicator=sessions_attended": ("sessions attended", "fremmøder"),
    "indicator=stayed": ("stayed in the course", "blev i forløbet"),
    "indicator=registered": ("completeness of registration", "registreringens fuldstændighed"),
    "indicator=forms_returned": ("questionnaires returned", "skemaer returneret"),
    "indicator=mean_change": ("mean change", "gennemsnitlig ændring"),
    "indicator=deadline_share": ("deadlines kept", "overholdte frister"),
    "indicator=coverage": ("coverage of the expected need", "dækning af det forventede behov"),
    "indicator=experience": ("satisfied, or feels the benefit", "tilfreds eller mærker udbytte"),
    "indicator=none": ("none in this suite", "ingen her"),
    # initiatives
    "category=dialogue_support": ("support of the dialogue", "dialogstøtte"),
    "category=organisation": ("organisation", "organisering"),
    "category=added_resource": ("added resource", "tilført ressource"),
    "subcategory=knowledge": ("more knowledge", "øget vidensniveau"),
    "subcategory=preparation": ("preparing the talk", "forberedelse til samtale"),
    "subcategory=conversation_tools": ("conversation tools", "samtaleredskaber"),
    "subcategory=across_sectors": ("across professions and sectors", "tværfagligt og tværsektorielt"),
    "subcategory=differentiated": ("differentiated offers", "differentierede indsatser"),
    "subcategory=not_differentiated": ("not differentiated", "ikke differentierede indsatser"),
    "subcategory=coordinators": ("coordinators and navigators", "koordinatorer og navigatorer"),
    "subcategory=none": ("none", "ingen"),
    # deadlines
    "force=required": ("required", "krav"),
    "force=aim": ("aimed at", "tilstræbes"),
    "actor=home_municipality": ("home municipality", "hjemkommune"),
    "actor=executing_municipality": ("executing municipality", "udførende kommune"),
    "unit=working_days": ("working days", "hverdage"),
    "unit=calendar_days": ("calendar days", "kalenderdage"),
    "unit=months": ("months", "måneder"),
    # target groups and principles
    "target_group_kind=group": ("target groups of the model", "modellens målgrupper"),
    "target_group_kind=whole": ("the frame around them", "rammen om dem"),
    "target_group_kind=factor": ("factors of vulnerability", "sårbarhedsfaktorer"),
    "principle_kind=principle": ("principles of the cooperation", "samarbejdets principper"),
    "principle_kind=placement": ("weighed when offers are placed", "vægtes ved placering af tilbud"),
    "principle_kind=target_group": ("criteria of the target group", "målgruppens kriterier"),
    "principle_kind=minimum_standard": (
        "minimum standards taken up in the cooperation",
        "minimumsstandarder i samarbejdet",
    ),
    "recommendation_kind=perspective": ("perspective", "perspektiv"),
    "recommendation_kind=activity": ("activity", "aktivitet"),
    "recommendation_kind=theme": ("theme (a heading)", "tema (en overskrift)"),
    "recommendation_kind=recommendation": ("recommendation", "anbefaling"),
    # measures and reports
    "planned=yes": ("planned by the project", "planlagt i projektet"),
    "planned=unknown": ("not known whether planned or parallel", "uvist om planlagt eller parallelt"),
    "report=equality_project": ("report on the equality project", "rapport om lighedsprojektet"),
    "report=leaflet": ("leaflet on the equality project", "folder om lighedsprojektet"),
    "report=advisory_board": ("advisory board of REHPA", "REHPAs Advisory Board"),
}
