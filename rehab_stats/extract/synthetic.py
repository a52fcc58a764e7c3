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
24 % with higher education                     printed: the centre, 2016
senders of referrals (41, 49, 9 %)             printed: the centre, 2012
30 % with a needs assessment                   printed: Thuesen 2017, cited by the centre
all else: sexes, ages, diagnoses, incomes,     assumed: data/published/assumptions.csv, one row a number
families, shapes of hazards, effects of all    with the reason and what it influences
other covariates, missing values
ICD-10 codes within a group, departments       assumed: equally common codes, one pseudonym a group
=============================================  ==========================================================

Getting 1.33 back from these data is a test of software and no replication of anything.

Chance comes in streams, one a table, spawned in the order of `STREAMS`: what a later issue draws for courses or
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

from rehab_stats.extract.columns import EDUCATION, ORIGIN
from rehab_stats.extract.contract import Extract, ExtractMeta, cast_to_contract, validate_tables
from rehab_stats.extract.mechanism import SCENARIOS, Mechanism, load_mechanism, true_risks
from rehab_stats.extract.synthetic_people import (
    DEPARTMENTS,
    GROUPS,
    INCLUDED,
    LABOUR_MARKET,
    RELATIVE,
    SEX,
    draw_deaths,
    draw_diagnoses,
    draw_people,
)
from rehab_stats.extract.synthetic_referrals import chance_of_being_seen, draw_referrals

__all__ = ["SCENARIOS", "SEED", "STREAMS", "simulate_extract", "write_extract"]

SEED = 2015
"""Seed of the default extract: the year of the paper, not chosen for its result."""

STREAMS = ("persons", "diagnoses", "referrals", "residences", "courses", "appointments", "forms", "items", "deaths")
"""Streams of chance in the order in which they are spawned; new ones go to the end."""

SOURCE = (
    "Syntetiske personer skrevet af rehab_stats (opdigtede, ingen borgere i København); synthetic persons, invented"
)


def simulate_extract(scenario: str = "default", *, n: int = 13_840, rng: np.random.Generator | None = None) -> Extract:
    """Simulate an extract that obeys the contract, with every person's true risks beside it.

    Parameters
    ----------
    scenario : str
        `default` (hazard ratios of referral 1.15 and 1.33), `equal` (1 and 1; death stays graded, so the risks of being
        referred still differ) or `reversed` (1/1.15 and 1/1.33).
    n : int
        Persons who will be included: patients with a cancer, at least 30 years old at diagnosis. About 2 % more are
        in the extract and excluded by any cohort: younger ones, relatives, persons with a tumour that is no cancer.
    rng : numpy.random.Generator, optional
        Its spawned streams are used, one a table. Default: numpy.random.default_rng(2015).

    Returns
    -------
    Extract
        Tables persons, diagnoses, referrals, validated. `truth` has one row per included person: person_id, education,
        referral_predictor and death_predictor (log hazard ratios against the reference person), risk_365 and risk_913
        (risk of a first referral within so many days, death competing), the same with `_if_<education>` appended (the
        person with that education, all else equal), chance_seen (of an accepted referral in the table), hidden_referral
        (had one before registration began). `truth.attrs` has the scenario and the planted log hazard ratios.

    Raises
    ------
    ValueError
        Unknown scenario (the nearest is named); n below 1; rng not a Generator.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"n must be a whole number of persons, at least 1; got {n!r}")
    if rng is None:
        rng = np.random.default_rng(SEED)
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a numpy Generator, such as numpy.random.default_rng(2015); got {rng!r}")
    mechanism, seed = load_mechanism(scenario), _seed_of(rng)
    streams = dict(zip(STREAMS, rng.spawn(len(STREAMS)), strict=True))
    people = draw_people(mechanism, streams["persons"], n=int(n))
    people = draw_diagnoses(mechanism, streams["diagnoses"], people)
    people = draw_deaths(mechanism, streams["deaths"], people)
    people["person_id"] = _ids("p", len(people))
    referrals = draw_referrals(mechanism, streams["referrals"], people)
    meta = _meta(mechanism, seed)
    tables = {
        "persons": _persons_table(mechanism, people),
        "diagnoses": _diagnoses_table(mechanism, people),
        "referrals": _referrals_table(referrals, people),
    }
    tables = {name: cast_to_contract(name, table) for name, table in tables.items()}
    findings = validate_tables(tables, meta)
    return Extract(tables=tables, meta=meta, findings=findings, truth=_truth(mechanism, people, referrals))


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


def _persons_table(mechanism: Mechanism, people: pd.DataFrame) -> pd.DataFrame:
    """The table persons: what a register shows of them on the extract date."""
    begun = mechanism.levels("education_as_of")
    looked_up = pd.to_datetime(
        pd.DataFrame(
            {
                "year": people["year"] - int(begun["years_before_diagnosis"]),
                "month": int(begun["month"]),
                "day": int(begun["day"]),
            }
        )
    )
    died, left = _dates_of_leaving(mechanism, people)
    known = people["education"] != EDUCATION.index("unknown")
    return pd.DataFrame(
        {
            "person_id": people["person_id"],
            "sex": _named(people["male"].astype(int), SEX),
            "birth_date": people["birth"],
            "education": _named(people["education"], EDUCATION),
            "education_as_of": looked_up.where(known),
            "income": people["income"].where(~people["income_missing"]),
            "cohabiting": people["cohabiting"].astype("boolean").mask(people["cohabiting_missing"]),
            "children_at_home": people["children"],
            "labour_market": _named(people["labour_market"], LABOUR_MARKET),
            "comorbidity": people["comorbidity"],
            "origin": _named(people["origin"], ORIGIN),
            "role": np.where(people["kind"] == RELATIVE, "relative", "patient"),
            "death_date": died,
            "emigration_date": left,
        }
    )


def _diagnoses_table(mechanism: Mechanism, people: pd.DataFrame) -> pd.DataFrame:
    """The table diagnoses: first ones and the second ones that were made in time; none of relatives."""
    end = _last_day(people)
    first = people[people["kind"] != RELATIVE]
    second_on = people["diagnosed"] + _days(people["second_day"])
    again = people[
        (people["second_day"] < end) & (second_on <= mechanism.day("last_diagnosis")) & (people["kind"] != RELATIVE)
    ]
    assessed = first["needs_assessed"].where(first["needs_assessed"] < end[first.index])
    departments = np.array([DEPARTMENTS[group] for group in GROUPS], dtype=object)
    columns = {
        "person_id": [first["person_id"], again["person_id"]],
        "diagnosis_date": [first["diagnosed"], second_on[again.index]],
        "diagnosis": [first["code"], again["second_code"]],
        "department": [
            departments[first["group"]],
            departments[again["second_group"]],
        ],
        "needs_assessed_on": [
            first["diagnosed"] + _days(assessed),
            np.full(len(again), np.datetime64("NaT", "ns")),
        ],
    }
    # column by column: joining frames warns when one of them, as with few persons, is empty
    table = pd.DataFrame({name: np.concatenate(parts) for name, parts in columns.items()})
    table.index = np.concatenate([first.index, again.index])
    table = table.sort_index(kind="stable").reset_index(drop=True)  # a second one follows its person's first
    return table.assign(municipality=f"{mechanism.number('municipality'):.0f}")


def _days(values: pd.Series) -> pd.Series:
    """Whole days as lengths of time, missing ones NaT; pandas' own conversion overflows at random on missing ones."""
    days = values.fillna(0).astype("int64").to_numpy().astype("timedelta64[D]").astype("timedelta64[ns]")
    return pd.Series(days, index=values.index).where(values.notna())


def _referrals_table(referrals: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The table referrals: those received while they were registered."""
    seen = referrals[referrals["seen"]].reset_index(drop=True)
    return seen.assign(referral_id=_ids("r", len(seen)), person_id=people["person_id"].to_numpy()[seen["person"]])


def _truth(mechanism: Mechanism, people: pd.DataFrame, referrals: pd.DataFrame) -> pd.DataFrame:
    """True risks of the included persons, in the order of the table persons."""
    hidden = referrals.loc[
        referrals["accepted"] & (referrals["received_on"] < mechanism.day("registered_from")), "person"
    ]
    columns = ["person_id", "education", "referral_predictor", "death_predictor", "diagnosed"]
    people = people.loc[people["kind"] == INCLUDED, columns]
    education = _named(people["education"], EDUCATION).as_ordered()
    risks = true_risks(
        mechanism,
        referral=people["referral_predictor"].to_numpy(),
        death=people["death_predictor"].to_numpy(),
        education=education,
    )
    known = {
        "person_id": people["person_id"].astype("string").array,
        "education": education,
        "referral_predictor": people["referral_predictor"].to_numpy(),
        "death_predictor": people["death_predictor"].to_numpy(),
        "hidden_referral": people.index.isin(hidden),
    }
    seen = pd.DataFrame({"chance_seen": chance_of_being_seen(mechanism, people)})
    truth = pd.concat([pd.DataFrame(known), risks, seen], axis=1)
    truth.attrs = {"scenario": mechanism.scenario, **mechanism.log_hazard_ratios()}
    return truth


def _last_day(people: pd.DataFrame) -> pd.Series:
    """Day since diagnosis on which a person dies or leaves the country."""
    return np.ceil(people[["death_day", "emigration_day"]].min(axis=1))


def _dates_of_leaving(mechanism: Mechanism, people: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Dates of death and of emigration, whichever comes first, as far as the extract date shows them."""
    within = (mechanism.day("extract_date") - people["diagnosed"]).dt.days
    last = _last_day(people)
    shown = last <= within
    date = people["diagnosed"] + _days(last.where(shown))
    dies = people["death_day"] <= people["emigration_day"]
    return date.where(dies), date.where(~dies)


def _named(places: pd.Series, codes: tuple[str, ...]) -> pd.Categorical:
    """Codes for their places; categories spare a million strings."""
    return pd.Categorical.from_codes(places.to_numpy(), categories=list(codes))


def _ids(letter: str, count: int) -> np.ndarray:
    """Pseudonyms p000001, p000002, ...: a letter first, so that none can look like a CPR number."""
    width = max(6, len(str(count)))
    return np.array([f"{letter}{number:0{width}d}" for number in range(1, count + 1)], dtype=object)


def _seed_of(rng: np.random.Generator) -> int | None:
    """The seed a fresh generator was made with; None when it has been spawned from or seeded otherwise."""
    sequence = rng.bit_generator.seed_seq
    fresh = isinstance(sequence.entropy, int) and not sequence.spawn_key and not sequence.n_children_spawned
    return sequence.entropy if fresh else None


def _meta(mechanism: Mechanism, seed: int | None) -> ExtractMeta:
    first, last = (pd.Timestamp(mechanism.day(f"registered_{end}")) for end in ("from", "to"))
    return ExtractMeta(
        extract_date=pd.Timestamp(mechanism.day("extract_date")),
        source=SOURCE,
        synthetic=True,
        registration={"referrals": (first, last)},
        scenario=mechanism.scenario,
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
