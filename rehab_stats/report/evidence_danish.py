"""Danish for what `data/published` says in English of Danish documents: wording of our own, places and sources.

Names of things are Danish in the files already. `danish` gives a text back as it is where it has no Danish.
"""

from __future__ import annotations

import re

from rehab_stats.words import format_number

# whole texts: English -> Danish
TEXTS: dict[str, str] = {
    # sources
    "Centre for Cancer and Health Copenhagen, report on the equality project 2015-17 (in Danish)": (
        "Center for Kræft og Sundhed København, rapport om lighedsprojektet 2015-17"
    ),
    "Centre for Cancer and Health Copenhagen, leaflet on the equality project 2015-17 (in Danish)": (
        "Center for Kræft og Sundhed København, folder om lighedsprojektet 2015-17"
    ),
    "Danish Cancer Society and partners, survey of initiatives that involve socially vulnerable patients (in Danish)": (
        "Kræftens Bekæmpelse m.fl., kortlægning af initiativer, der inddrager socialt sårbare patienter"
    ),
    "Six municipalities and Herlev Hospital, note on joint cancer rehabilitation and palliation (in Danish)": (
        "Seks kommuner og Herlev Hospital, notat om fælles kræftrehabilitering og palliation"
    ),
    "REHPA, notes of the advisory board on equity in rehabilitation, 4 May 2022 (in Danish)": (
        "REHPA, referat fra Advisory Board om lighed i rehabilitering, 4. maj 2022"
    ),
    "Danish Health Act (Sundhedsloven), section 140, as amended by act 557 of 29 May 2018": (
        "Sundhedsloven, § 140, som ændret ved lov nr. 557 af 29. maj 2018"
    ),
    # deadlines: from, to, and where an extract shows them
    "referral received by the home municipality": "henvisning modtaget i hjemkommunen",
    "referral": "henvisning",
    "onward referral received": "viderehenvisning modtaget",
    "joint course ended": "fælles forløb afsluttet",
    "discharge from hospital, or the later day that the plan names": (
        "udskrivning fra hospital, eller den senere dag, planen nævner"
    ),
    "person contacted": "borgeren kontaktet",
    "person contacted about the need": "borgeren kontaktet om behovet",
    "person contacted about the start": "borgeren kontaktet om opstart",
    "first talk held": "første samtale holdt",
    "referred to a joint offer": "henvist til et fælles tilbud",
    "extended assessment offered": "uddybende udredning tilbudt",
    "start offered": "opstart tilbudt",
    "closing evaluation held": "afsluttende evaluering holdt",
    "appointments.date of first_contact": "appointments.date ved first_contact",
    "appointments.date of interview": "appointments.date ved interview",
    "appointments.date of assessment": "appointments.date ved assessment",
    "appointments.date of closing_talk": "appointments.date ved closing_talk",
    "appointments.date of the first session": "appointments.date ved første mødegang",
    "referrals.received_on of the onward referral": "referrals.received_on for viderehenvisningen",
    "section 140(4)": "§ 140, stk. 4",
    "annex H only": "kun bilag H",
    "Ten where the text has five.": "Ti, hvor teksten har fem.",
    "Aimed at.": "Tilstræbes.",
    "Intended.": "Tilsigtet.",
    "For exercise, occupational therapy and diet.": "For træning, ergoterapi og diæt.",
    "Not in the five documents. Wording seen as quoted at maimann-fysioterapi.dk/§140-fritvalgservice, the act as "
    "named by the executive order at retsinformation.dk, id 202249. Where no start can be offered in time, the person "
    "may choose a private provider.": (
        "Ikke blandt de fem dokumenter. Ordlyden er set citeret på maimann-fysioterapi.dk/§140-fritvalgservice, loven "
        "som nævnt i bekendtgørelsen på retsinformation.dk, id 202249. Kan opstart ikke tilbydes i tide, kan borgeren "
        "vælge en privat leverandør."
    ),
    # principles
    "Offers of high quality, for the most benefit": "Tilbud af høj kvalitet, til størst udbytte",
    "The same offer for all": "Samme tilbud til alle",
    "What was gained is kept, by own involvement and activities of others": (
        "Det opnåede fastholdes ved egen medvirken og andres aktiviteter"
    ),
    "No net cost to any": "Ingen nettoudgift for nogen kommune",
    "Persons take offers in another municipality": "Borgere bruger tilbud i en anden kommune",
    "A relevant offer soon": "Hurtigt et relevant tilbud",
    "Weighed when offers are placed": "Vægtes, når tilbud placeres",
    "Residents of the six": "Borgere i de seks kommuner",
    "Taken up in the cooperation, of the region's minimum standards": (
        "Optaget i samarbejdet, af regionens minimumsstandarder"
    ),
    "Annex B, which was to hold the full list, is empty.": "Bilag B, der skulle rumme hele listen, er tomt.",
    # target groups
    "At risk by statistics of taking part less.": "Statistisk i risiko for at deltage mindre.",
    "For many reasons, not always the same as social inequality.": (
        "Af mange grunde, ikke altid de samme som ved social ulighed."
    ),
    "Especially vulnerable.": "Særligt sårbare.",
    "The frame around the three groups.": "Rammen om de tre grupper.",
    "Charlson's index holds no psychiatric disease.": "Charlsons indeks rummer ingen psykisk sygdom.",
    # numbers that do not add up
    "Adds up the six municipalities, each rounded down, so it lies below 40 % of all new cases.": (
        "Lægger de seks kommuner sammen, hver rundet ned, og ligger derfor under 40 % af alle nye tilfælde."
    ),
    "Printed as around 650 a year.": "Trykt som omkring 650 om året.",
    "Printed as around 750 a year, above table 3, which has 739.": (
        "Trykt som omkring 750 om året, over tabel 3, der har 739."
    ),
    "Printed on every row that takes all diagnoses; the other rows are parts of it, not disjoint.": (
        "Trykt i hver række, der tager alle diagnoser; de andre rækker er dele af den og overlapper."
    ),
    "Once a week for six weeks, seen as one whole; no follow-up is named.": (
        "En gang om ugen i seks uger, set som et hele; ingen opfølgning er nævnt."
    ),
    "Had a needs assessment. One person referred in Gladsaxe had none, so that 15 of 16 had one.": (
        "Fik en behovsvurdering. Én henvist i Gladsaxe fik ingen, så 15 af 16 fik en."
    ),
    "Referred on to the joint offers.": "Henvist videre til de fælles tilbud.",
    "Referred on to the joint offers. 16 less 7 declined is 9: the sum was worked out from the totals, not from the "
    "municipalities.": (
        "Henvist videre til de fælles tilbud. 16 minus 7, der takkede nej, er 9: summen er regnet af totalerne, ikke "
        "af kommunerne."
    ),
    "Weeks with open anonymous counselling by caseworkers of the employment administration. Said to be a day a week, "
    "but the months named hold about 135 weeks.": (
        "Uger med åben anonym rådgivning ved sagsbehandlere fra Beskæftigelses- og Integrationsforvaltningen. Siges at "
        "være en dag om ugen, men de nævnte måneder rummer omkring 135 uger."
    ),
    "The overviews show 25 boxes; 26 where Mind-lab and work on relations are two boxes.": (
        "Oversigterne viser 25 kasser; 26, hvis Mind-lab og relationsarbejde er to kasser."
    ),
    "16 where the form and the wheel of the Esbjerg model are two, and Støtte til livet med kræft, printed twice, is "
    "one.": (
        "16, hvis Esbjergmodellens skema og hjul er to, og Støtte til livet med kræft, der er trykt to gange, er én."
    ),
    "The survey says itself that the categories do not add up to 24; they do not add up to the rows of annex 2 "
    "either.": (
        "Kortlægningen siger selv, at kategorierne ikke giver 24 tilsammen; de giver heller ikke rækkerne i bilag 2."
    ),
    "Neither is called the right one.": "Ingen af dem kaldes den rigtige.",
    # other contradictions, source by source
    "short education": "kort uddannelse",
    "less than 7/9 years": "under 7/9 år",
    "7 or 9 years": "7 eller 9 år",
    "Grundskole is those years themselves.": "Grundskolen er netop de år.",
    "33 % greater probability of referral": "33 % større sandsynlighed for henvisning",
    "probability": "sandsynlighed",
    "hazard ratio 1.33 (Moustsen et al. 2015, file moustsen_2015)": (
        "hazard ratio 1,33 (Moustsen m.fl. 2015, filen moustsen_2015)"
    ),
    "A rate of referral, not a probability; the number is that of the paper.": (
        "En henvisningsrate, ikke en sandsynlighed; tallet er artiklens."
    ),
    "data on the effect": "data om effekten",
    "effect is among the data, from the record system (Data og metode)": (
        "effekt er blandt data, fra journalsystemet (Data og metode)"
    ),
    "no data were gathered that could measure the effect (Problemstilling)": (
        "ingen data blev indsamlet, der kunne måle effekten (Problemstilling)"
    ),
    "The pilot's 76 pairs of forms came from another project.": "Pilotens 76 skemapar kom fra et andet projekt.",
    "what staff were taught": "hvad personalet blev undervist i",
    "depression, ethnic minorities (overview)": "depression, etniske minoriteter (oversigten)",
    "depression and personality disorders taught, ethnic minorities planned (text)": (
        "undervist i depression og personlighedsforstyrrelser, etniske minoriteter planlagt (teksten)"
    ),
    "which measures were planned by the project": "hvilke tiltag projektet planlagde",
    "two colours": "to farver",
    "lost in the text": "gået tabt i teksten",
    "Only those of access are known: their overview has one kind. Then three of the 21 other boxes were planned, if a "
    "cooperation counts once.": (
        "Kun dem om adgang kendes: deres oversigt har én slags. Så var tre af de 21 andre kasser planlagt, hvis et "
        "samarbejde tæller én gang."
    ),
    "men's meeting place": "Mænds mødested",
    "a box (overview)": "en kasse (oversigten)",
    "no text of its own (sections on the track of offers)": "ingen egen tekst (afsnittene om tilbudssporet)",
    "general practitioners": "praktiserende læger",
    "one of four partners (leaflet)": "en af fire partnere (folderen)",
    "no measure of theirs (overview); named in one sentence": "intet tiltag med dem (oversigten); nævnt i én sætning",
    "Across two documents of the centre.": "På tværs af to af centerets dokumenter.",
    "annex 3": "bilag 3",
    "initiatives outside the frame": "initiativer uden for rammen",
    "6 of its 28 rows stand in annex 2 too": "6 af dets 28 rækker står også i bilag 2",
    "QR codes, reception guides, shared agenda, value wheel, family group conference, tumour clinic.": (
        "QR koder, Modtageguider, Fælles dagsorden, Værdihjulet, Netværksrådslagning, Tumorambulatoriet."
    ),
    "category of reception guides": "kategori for Modtageguider",
    "dialogue support (annex 2)": "dialogstøtte (bilag 2)",
    "organisation (annex 3)": "organisering (bilag 3)",
    "name of the mediators": "mediatorernes navn",
    "ethnic mediators (text)": "etniske mediatorer (teksten)",
    "cultural mediators (annex 2)": "kulturelle mediatorer (bilag 2)",
    "year of the lifestyle cafe's handbook": "årstal for Livsstilscaféens metodebog",
    "2012 (row 16)": "2012 (række 16)",
    "2013 (row 23)": "2013 (række 23)",
    "source of Støtte til livet med kræft": "kilde til Støtte til livet med kræft",
    "Region Hovedstaden, 2014 (row 6)": "Region Hovedstaden, 2014 (række 6)",
    "Rigshospitalet, 2014 (row 10)": "Rigshospitalet, 2014 (række 10)",
    "name of the 360 degree initiative": "navn på 360 grader-initiativet",
    "the socially vulnerable family (text)": "den socialt sårbare familie (teksten)",
    "the vulnerable family with children (annex 2)": "den sårbare børnefamilie (bilag 2)",
    "state of the shared agenda": "hvor langt Fælles dagsorden er",
    "doctor and patient go through it after each talk (text)": (
        "læge og patient gennemgår den efter hver samtale (teksten)"
    ),
    "under development, not in use (annex 3)": "under udvikling, ikke i brug (bilag 3)",
    "order of the value wheel": "rækkefølgen i Værdihjulet",
    "influence had, then wished for (text)": "indflydelse, man har, så ønsket (teksten)",
    "wished for, then had (annex 3)": "ønsket, så den, man har (bilag 3)",
    "source and sender of the unit for cancer rehabilitation": "kilde og afsender for Enhed for Kræftrehabilitering",
    "two columns": "to kolonner",
    "one entry": "én angivelse",
    "Which of the two is not told.": "Hvilken af de to siges ikke.",
    "pilot": "pilot",
    "from 1 April 2015 to the end of 2015, to be evaluated (8.13)": (
        "fra 1. april 2015 til udgangen af 2015, skal evalueres (8.13)"
    ),
    "September 2014 to February 2015 (8.14)": "september 2014 til februar 2015 (8.14)",
    "Two different things are called pilot.": "To forskellige ting kaldes pilot.",
    "end of the project": "projektets afslutning",
    "March 2016: the project leader (section 2)": "marts 2016: projektlederen (afsnit 2)",
    "May 2016: the project and its leader (section 10)": "maj 2016: projektet og dets leder (afsnit 10)",
    "need of rehabilitation": "behov for rehabilitering",
    "70, 25 and 5 % of 11,000 prevalent persons (English)": "70, 25 og 5 % af 11.000 prævalente (engelsk)",
    "40 % of 1,652 new cases (Danish, built on the English)": (
        "40 % af 1.652 nye tilfælde (dansk, bygget på det engelske)"
    ),
    "Never one ratio: the bases differ, and the Danish share is of municipal rehabilitation alone.": (
        "Aldrig ét forhold: grundlagene er forskellige, og den danske andel gælder kun kommunal rehabilitering."
    ),
    "need of palliation": "behov for palliation",
    "most of the dying: 739": "de fleste af de døende: 739",
    "739 are all expected deaths (table 3)": "739 er alle forventede dødsfald (tabel 3)",
    "deadline of the needs assessment": "frist for behovsvurderingen",
    "90 % within the deadlines (table 7)": "90 % inden for fristerne (tabel 7)",
    "10 working days are an aim (8.9); none in annex H": "10 hverdage tilstræbes (8.9); ingen i bilag H",
    "What the indicator is held against is not settled.": "Hvad indikatoren holdes op imod, er ikke afgjort.",
    "time between contact and onward referral": "tid mellem kontakt og viderehenvisning",
    "10 working days to first contact (annex H)": "10 hverdage til første kontakt (bilag H)",
    "10 working days to needs assessment and onward referral (8.9)": (
        "10 hverdage til behovsvurdering og viderehenvisning (8.9)"
    ),
    "On the last day allowed for the contact all three would fall together.": (
        "På sidste tilladte dag for kontakten ville alle tre falde sammen."
    ),
    "areas of the cooperation": "samarbejdets områder",
    "six (8.6)": "seks (8.6)",
    "five described (annex D), three offered (annex H)": "fem beskrevet (bilag D), tre tilbudt (bilag H)",
    "Occupational therapy is missing in annex H, which demands occupational therapists.": (
        "Ergoterapi mangler i bilag H, der kræver ergoterapeuter."
    ),
    "offers": "tilbud",
    "ten kinds (table 5)": "ti slags (tabel 5)",
    "no row for lectures, advice on exercise, light team, and none of their own for occupational therapy and diet "
    "(table 4, annex E)": (
        "ingen række for temaoplæg, træningsvejledning og let hold, og ingen egen for ergoterapi og diæt (tabel 4, "
        "bilag E)"
    ),
    "So no number of persons is expected for them.": "Derfor er intet antal borgere forventet for dem.",
    "transport": "befordring",
    "a more uniform level is to be examined (annex C)": "et mere ensartet niveau skal undersøges (bilag C)",
    "it shall not be made uniform (12.4)": "det skal ikke gøres ensartet (12.4)",
    "Decided later by the steering group.": "Afgjort senere af styregruppen.",
    "offers of each municipality": "hver kommunes tilbud",
    "crosses in six columns": "krydser i seks kolonner",
    "columns lost in the text": "kolonner gået tabt i teksten",
    "Read by spacing in municipal_offers, by judgement; the counts of crosses are certain.": (
        "Læst efter mellemrum i municipal_offers, ved skøn; antallet af krydser er sikkert."
    ),
    "minimum standards, professional standards, profiles of skills": (
        "minimumsstandarder, faglige standarder, kompetenceprofiler"
    ),
    "to be found in annexes B, I and J": "skal findes i bilag B, I og J",
    "headings only": "kun overskrifter",
    "Two of them are said to be unfinished; annex B is not.": "To af dem siges at være ufærdige; bilag B ikke.",
    "SWOT analysis": "SWOT-analyse",
    "four fields by its name": "fire felter efter navnet",
    "three: strengths, weaknesses, opportunities": "tre: styrker, svagheder, muligheder",
    "No threats are printed.": "Ingen trusler er trykt.",
    "state of the note": "hvor langt notatet er",
    "a basis for political decisions (section 1)": "et grundlag for politiske beslutninger (afsnit 1)",
    "open references and question marks": "åbne henvisninger og spørgsmålstegn",
    "It is a draft of about the turn of the year 2014-15.": "Det er et udkast fra omkring årsskiftet 2014-15.",
    "name of the alliance": "alliancens navn",
    "against social inequality in health (text)": "mod social ulighed i sundhed (teksten)",
    "against social inequality in Denmark (note)": "mod social ulighed i Danmark (noten)",
    "who needs rehabilitation": "hvem der har brug for rehabilitering",
    "80 % rehabilitate themselves (a speaker)": "80 % rehabiliterer sig selv (en oplægsholder)",
    "everybody has a need (the board)": "alle har et behov (boardet)",
    "Opinions in one discussion; and 70 % of another base in six_municipalities.": (
        "Meninger i én drøftelse; og 70 % af et andet grundlag i six_municipalities."
    ),
}

# of a place such as `sections 2 and 10; annex H, row 3`; the headings that follow are Danish already
PLACE_WORDS = {
    "text on palliation": "tekst om palliation",
    "first paragraph": "første stykke",
    "title of most tables": "titlen på de fleste tabeller",
    "title of": "titlen på",
    "three times": "tre gange",
    "brain cancer": "hjernekræft",
    "patient education": "patientuddannelse",
    "working days": "hverdage",
    "calendar days": "kalenderdage",
    "sections": "afsnit",
    "section": "afsnit",
    "annexes": "bilag",
    "annex": "bilag",
    "table": "tabel",
    "figure": "figur",
    "rows": "række",
    "row": "række",
    "text": "tekst",
    "report": "rapport",
    "leaflet": "folder",
    "only": "kun",
    "and": "og",
}
_PLACE = re.compile(r"\b(" + "|".join(PLACE_WORDS) + r")\b")


def danish(text: str, language: str = "da") -> str:
    """A text of the files in the language: as it is in English; in Danish translated, numbers with a decimal comma."""
    if language == "en":
        return text
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return format_number(float(text), len(text.partition(".")[2]), language)
    return TEXTS.get(text, text)


def place_in(text: str, language: str) -> str:
    """A place in a source in the language; names of files and Danish headings stay."""
    if language == "en" or text in TEXTS:
        return danish(text, language)
    parts = [part if part.startswith("data/") else _PLACE.sub(_place_word, part) for part in text.split("; ")]
    return re.sub(r"(?<=\d) to (?=\d)", " til ", "; ".join(parts))


def _place_word(found: re.Match) -> str:
    return PLACE_WORDS[found[1]]
