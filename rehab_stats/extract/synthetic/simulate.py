"""An extract of synthetic persons whose truth is known: written to be analysed, not believed.

=============================================  ==========================================================
what                                           where it comes from
=============================================  ==========================================================
13,840 persons, diagnosed 2007-2012,           printed: Moustsen 2015
referrals registered 2009-2012
hazard ratio of referral 1.15 and 1.33         printed: Moustsen 2015; planted exactly, both higher
(medium, long against short education)         educations alike, net of age, sex, year, diagnosis group,
                                               income fifth, cohabitation and children
about 2,148 persons with a referral seen       printed: Moustsen 2015; the base rate is solved for it
hazard ratio of children at home 1.23 (men),   printed: Dalton 2019
1.28 (women)
5-year survival 61, 68, 77 % by education      printed: Kræft i Danmark 2022; the death rate and its
                                               education effect are solved for it
13,059 persons, diagnosed 2010-2015, hazard    printed: Dalton 2019 (scenario dalton); medium education of
ratios by sex, 19.3 % referred in 913 days     women is not printed and assumed; the base rate is solved
routine referral from one department           printed: that it raised numbers; its rate and date assumed
24 % with higher education                     printed: the centre, 2016
senders of referrals (41, 49, 9 %)             printed: the centre, 2012
30 % with a needs assessment                   printed: Thuesen 2017, cited by the centre
81 % of the referred attend the interview      printed: Dalton 2019; its log odds are solved for it
4.2, 4.5, 5.1 and 5.5 sessions attended by     printed: the centre; booked numbers (`no_shows`: sessions missed
education, over all who are referred           without a word) are solved for it. That persons who never came
                                               are in the means, and 180 days, is assumed
half of those who start are given no first     printed: the centre's pilot; by whom and when is assumed
form
dropout odds ratio 1.64 of basic education     printed: Ramsey 2019, of another programme
all else: sexes, ages, diagnoses, incomes,     assumed: data/published/assumptions.csv, one row a number
families, need, moves, shapes of hazards,      with the reason and what it influences
effects of all other covariates, scores and
their changes, missing values
ICD-10 codes within a group, departments       assumed: equally common codes, one pseudonym a group
=============================================  ==========================================================

Getting 1.33 back from these data is a test of software and no replication of anything.

Chance comes in streams, one a table, spawned in the order of `STREAMS`: what is one day drawn for courses or
appointments, or a change in how referrals come about, leaves the persons and diagnoses as they are. Within a table a
new column draws after the old ones. Only uniform numbers are drawn, and every distribution is inverted here, so that
another version of numpy cannot change the data.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from rehab_stats.extract.columns import EDUCATION, NEED, SEX
from rehab_stats.extract.contract import Extract, ExtractMeta, cast_to_contract, validate_tables
from rehab_stats.extract.synthetic.attendance import expected_attendance, timing
from rehab_stats.extract.synthetic.courses import draw_courses, first_referrals
from rehab_stats.extract.synthetic.form_tables import draw_started, due_forms, forms_table, items_table
from rehab_stats.extract.synthetic.hazards import draw_deaths, draw_moves
from rehab_stats.extract.synthetic.mechanism import SCENARIOS, Mechanism, load_mechanism, true_risks
from rehab_stats.extract.synthetic.municipal_tables import municipal_tables
from rehab_stats.extract.synthetic.municipalities import draw_homes, in_time
from rehab_stats.extract.synthetic.people import INCLUDED, draw_diagnoses, draw_people
from rehab_stats.extract.synthetic.referrals import chance_of_being_seen, draw_referrals
from rehab_stats.extract.synthetic.tables import (
    appointments_table,
    courses_table,
    denominators_table,
    diagnoses_table,
    ids,
    named,
    persons_table,
    referrals_table,
    residences_table,
)

__all__ = ["SCENARIOS", "SEED", "STREAMS", "draw_everyone", "simulate_extract", "spawn_streams", "write_extract"]

SEED = 2015
"""Seed of the default extract: the year of the paper, not chosen for its result."""

STREAMS = ("persons", "diagnoses", "referrals", "residences", "courses", "appointments", "forms", "items", "deaths")
"""Streams of chance in the order in which they are spawned; new ones go to the end."""

SCORES = (
    "true_baseline",
    "true_followup",
    "chance_given",
    "chance_returned_baseline",
    "chance_returned_followup",
)
"""Columns of `forms.draw_forms` that the truth keeps."""

SOURCE = (
    "Syntetiske personer skrevet af rehab_stats (opdigtede, ingen borgere i København); synthetic persons, invented"
)
MUNICIPAL_SOURCE = (
    "Syntetiske personer og kommuner skrevet af rehab_stats (opdigtede); synthetic persons and municipalities, invented"
)


def simulate_extract(
    scenario: str = "default", *, n: int | None = None, rng: np.random.Generator | None = None, validate: bool = True
) -> Extract:
    """Simulate an extract that obeys the contract, with every person's true risks beside it.

    Parameters
    ----------
    scenario : str
        A key of `SCENARIOS`: `default` (hazard ratios of referral 1.15 and 1.33), `equal` (1 and 1; death stays graded,
        so the risks of being referred still differ), `reversed` (1/1.15 and 1/1.33), `dalton` (by sex; persons move
        away), `systematic_department` (one department refers everybody alike from a date on), `selected_referral`
        (unmeasured need raises referral and attendance), `no_shows` (the gap in sessions attended lies in sessions
        missed without a word, in all others in how many are booked) or `gap_in_access` (education acts on referral and
        on no interview or session after it). Of before-and-after forms: `graded_effect` (the
        change is larger with longer education), `forms_at_random`, `unseen_change` (those without a last form changed
        otherwise) and `graded_giving` (forms are given less often with short education). `six_municipalities`: six
        invented municipalities that pass persons on to each other and keep deadlines, for monitoring.
    n : int, optional
        Persons who will be included: patients with a cancer, at least 30 years old at diagnosis. About 2 % more are
        in the extract and excluded by any cohort: younger ones, relatives, persons with a tumour that is no cancer.
        Default: as many as the scenario's paper had (13,840; `dalton` 13,059).
    rng : numpy.random.Generator, optional
        Its spawned streams are used, one a table. Default: numpy.random.default_rng(2015).
    validate : bool
        Hold the tables to the contract. False spares that time when thousands of extracts of one mechanism are drawn:
        the tables are the same, `findings` is empty and says nothing.

    Returns
    -------
    Extract
        Tables persons, diagnoses (with `need` for those assessed, except in `selected_referral`), referrals,
        denominators, courses, appointments, forms, items, in `dalton` residences. `truth` has one row per included
        person: person_id, education, need, routine_referral (education does not act), referral_predictor and
        death_predictor (log hazard ratios against the reference person), risk_365 and risk_913 (risk of a first
        referral within so many days, death competing), the same with `_if_<education>` appended (the person with that
        education, all else equal, need too), chance_seen (of an accepted referral in the table), hidden_referral (had
        one before registration began); of the referred what `expected_attendance` gives; and of those who started,
        forms or none, true_baseline and true_followup (scores of QL2), chance_given, chance_returned_baseline,
        chance_returned_followup (see `forms.draw_forms`). Nobody leaves in the risks; in chance_seen they emigrate and
        move. `truth.attrs` has the scenario and the planted log hazard ratios.

    Raises
    ------
    ValueError
        Unknown scenario (the nearest is named); n below 1; rng not a Generator.
    """
    if n is not None and (isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1):
        raise ValueError(f"n must be a whole number of persons, at least 1; got {n!r}")
    if rng is None:
        rng = np.random.default_rng(SEED)
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a numpy Generator, such as numpy.random.default_rng(2015); got {rng!r}")
    mechanism, seed = load_mechanism(scenario), _seed_of(rng)
    streams = spawn_streams(rng)
    people = draw_everyone(mechanism, streams, n=mechanism.scenario.persons if n is None else int(n))
    people["person_id"] = ids("p", len(people))
    referrals = draw_referrals(mechanism, streams["referrals"], people)
    meta = _meta(mechanism, seed)
    follow = _of_municipalities if mechanism.scenario.municipal_years else _of_one_centre
    followed, more = follow(mechanism, streams, people, referrals)
    tables = {
        "persons": persons_table(mechanism, people),
        "diagnoses": diagnoses_table(mechanism, people),
        "referrals": followed.pop("referrals"),
        **({"residences": residences_table(mechanism, people)} if mechanism.scenario.moves else {}),
        "denominators": denominators_table(people),
        **followed,
    }
    tables = {name: cast_to_contract(name, table) for name, table in tables.items()}
    found = {"findings": validate_tables(tables, meta)} if validate else {}
    return Extract(tables=tables, meta=meta, truth=_truth(mechanism, people, referrals, more), **found)


def _of_one_centre(
    mechanism: Mechanism, streams: dict[str, np.random.Generator], people: pd.DataFrame, referrals: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """What follows the referrals to one centre, as tables, and what the truth knows besides of those referred."""
    courses, appointments, course = draw_courses(mechanism, streams, people, referrals)
    started = draw_started(mechanism, streams["forms"], people, appointments)
    tables = {
        "referrals": referrals_table(referrals, people, course),
        "courses": courses_table(courses, people),
        "appointments": appointments_table(appointments, courses, people),
        **_form_tables(mechanism, streams["items"], people, started, courses=len(courses)),
    }
    scores = started.set_index("person")[list(SCORES)]
    return tables, _expected_of_referred(mechanism, people, referrals).join(scores, how="outer")


def _of_municipalities(
    mechanism: Mechanism, streams: dict[str, np.random.Generator], people: pd.DataFrame, referrals: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The same where several municipalities receive persons and pass them on."""
    first = referrals[referrals["seen"] & referrals["accepted"]].drop_duplicates("person").set_index("person")
    chances = in_time(mechanism, people.loc[first.index], first["received_on"])
    tables = municipal_tables(mechanism, streams, people, referrals)
    return {name: table for name, table in tables.items() if len(table) or name == "referrals"}, chances


def spawn_streams(rng: np.random.Generator) -> dict[str, np.random.Generator]:
    """Stream of chance by name, in the order of `STREAMS`."""
    return dict(zip(STREAMS, rng.spawn(len(STREAMS)), strict=True))


def draw_everyone(mechanism: Mechanism, streams: dict[str, np.random.Generator], *, n: int) -> pd.DataFrame:
    """Everybody with their diagnoses, hazards and days of leaving, one row a person; see `people`."""
    people = draw_people(mechanism, streams["persons"], n=n)
    people = draw_diagnoses(mechanism, streams["diagnoses"], people)
    people = draw_deaths(mechanism, streams["deaths"], people)
    people = draw_homes(mechanism, streams["residences"], people)
    return draw_moves(mechanism, streams["residences"], people) if mechanism.scenario.moves else people


def write_extract(extract: Extract, folder: str | Path) -> Path:
    """Write an extract as Parquet files with extract.yaml and SHA256SUMS; codes as plain text, dates as timestamps.

    The truth is not written: whoever analyses the folder sees what a register would show.

    Parameters
    ----------
    extract : Extract
    folder : str or Path
        Made if it is not there; files of the same names are replaced.

    Returns
    -------
    Path
        The folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for name in extract:
        names.append(f"{name}.parquet")
        _plain(extract[name]).to_parquet(folder / names[-1], index=False, compression="zstd")
    (folder / "extract.yaml").write_text(_meta_text(extract.meta), encoding="utf-8")
    sums = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in sorted([*names, "extract.yaml"])
    ]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    return folder


def _form_tables(
    mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame, started: pd.DataFrame, *, courses: int
) -> dict[str, pd.DataFrame]:
    """The tables forms and items; one without rows is no table, since nobody of a tiny extract may have started."""
    due = due_forms(started)
    tables = {
        "forms": forms_table(due, people, courses),
        "items": items_table(mechanism, rng, due, people, started=len(started)),
    }
    return {name: table for name, table in tables.items() if len(table)}


def _truth(mechanism: Mechanism, people: pd.DataFrame, referrals: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """True risks of the included persons, in the order of the table persons, and `more` by row of people."""
    hidden = referrals.loc[
        referrals["accepted"] & (referrals["received_on"] < mechanism.day("registered_from")), "person"
    ]
    columns = ["education", "need", "male", "routine", "referral_predictor", "death_predictor", "diagnosed"]
    people = people.loc[people["kind"] == INCLUDED, ["person_id", *columns]]
    education = named(people["education"], EDUCATION).as_ordered()
    risks = true_risks(
        mechanism,
        referral=people["referral_predictor"].to_numpy(),
        death=people["death_predictor"].to_numpy(),
        education=education,
        sex=named(people["male"].astype(int), SEX),
        routine=people["routine"].to_numpy(),
    )
    known = {
        "person_id": people["person_id"].astype("string").array,
        "education": education,
        "need": named(people["need"], NEED).as_ordered(),
        "routine_referral": people["routine"].to_numpy(),
        "referral_predictor": people["referral_predictor"].to_numpy(),
        "death_predictor": people["death_predictor"].to_numpy(),
        "hidden_referral": people.index.isin(hidden),
    }
    seen = pd.DataFrame({"chance_seen": chance_of_being_seen(mechanism, people)})
    truth = pd.concat([pd.DataFrame(known), risks, seen, more.reindex(people.index).reset_index(drop=True)], axis=1)
    truth.attrs = {"scenario": mechanism.scenario.name, **mechanism.log_hazard_ratios()}
    return truth


def _expected_of_referred(mechanism: Mechanism, people: pd.DataFrame, referrals: pd.DataFrame) -> pd.DataFrame:
    """`expected_attendance` of those with a referral seen, also under each education; indexed as people."""
    first = first_referrals(people, referrals)
    days = {"received": first["received"].to_numpy(), "end": first["end"].to_numpy()}
    days["end"] = np.minimum(days["end"], int(mechanism.day("extract_date").astype(int)) + 1)
    referred, when = people.iloc[first["person"]], timing(mechanism)
    found = [expected_attendance(mechanism, referred, **days, when=when)]
    for place, code in enumerate(EDUCATION[:-1]):
        expected = expected_attendance(mechanism, referred.assign(education=place), **days, when=when)
        found.append(expected[["sessions_booked", "sessions_attended"]].add_suffix(f"_if_{code}"))
    return pd.concat(found, axis=1)


def _seed_of(rng: np.random.Generator) -> int | None:
    """The seed a fresh generator was made with; None when it has been spawned from or seeded otherwise."""
    sequence = rng.bit_generator.seed_seq
    fresh = isinstance(sequence.entropy, int) and not sequence.spawn_key and not sequence.n_children_spawned
    return sequence.entropy if fresh else None


def _meta(mechanism: Mechanism, seed: int | None) -> ExtractMeta:
    first, last, drawn = (
        pd.Timestamp(mechanism.day(name)) for name in ("registered_from", "registered_to", "extract_date")
    )
    return ExtractMeta(
        extract_date=drawn,
        source=MUNICIPAL_SOURCE if mechanism.scenario.municipal_years else SOURCE,
        synthetic=True,
        registration={"referrals": (first, last), "appointments": (first, drawn)},
        scenario=mechanism.scenario.name,
        seed=seed,
    )


def _meta_text(meta: ExtractMeta) -> str:
    """The meta data as extract.yaml has them."""
    periods = {
        table: {"registered_from": begin.date(), **({} if end is None else {"registered_to": end.date()})}
        for table, (begin, end) in meta.registration.items()
    }
    content = {"extract_date": meta.extract_date.date(), "source": meta.source, "synthetic": meta.synthetic}
    content |= {"scenario": meta.scenario} if meta.scenario else {}
    content |= {"seed": meta.seed} if meta.seed is not None else {}
    return yaml.safe_dump({**content, "registration": periods}, sort_keys=False, allow_unicode=True, width=120)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """A table without pandas' own types: codes as text, so that any reader of Parquet understands it."""
    codes = [name for name, dtype in table.dtypes.items() if isinstance(dtype, pd.CategoricalDtype)]
    return table.astype({name: "string" for name in codes})
