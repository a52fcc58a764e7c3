"""Tables beside the indicator sheet, by hand, in both languages, after the disclosure rules."""

import pandas as pd
import pytest

from rehab_stats.estimate.monitoring.coverage import coverage
from rehab_stats.estimate.monitoring.deadlines import deadline_share
from rehab_stats.estimate.monitoring.indicators import units_and_all
from rehab_stats.estimate.monitoring.mix import decline_reasons, municipality_flow, source_mix
from rehab_stats.extract.pilot import pilot_flow
from rehab_stats.extract.printed_lists import load_printed_list
from rehab_stats.report.monitoring_tables import (
    composition_table,
    coverage_table,
    flow_matrix,
    offers_table,
    pilot_table,
    standing_table,
)
from rehab_stats.vocabulary import Estimates


def standing():
    parts = {"done": (40, 3), "late": (10, 9), "waiting": (8, 20), "not_due": (6, 2), "declined": (7, 1)}
    rows = [
        {"days": days, "status": {"late": "done", "not_due": "waiting"}.get(name, name), "due": name != "not_due"}
        for name, (n, days) in parts.items()
        for _ in range(n)
    ]
    found = deadline_share(
        pd.DataFrame(rows), days="days", limit=5, status="status", due="due", deadline="first_contact"
    )
    return found.replaced(details=found.details().assign(unit="working_days"))


def test_the_counts_of_a_deadline_add_up_as_the_note_says():
    table = standing_table(standing())
    assert table.body.iloc[0].tolist() == [
        *("First contact within 5 working days", "71", "58", "40", "18", "8", "6", "7", "0"),
    ]
    assert "Received = deadline passed" in table.notes[0]


def test_the_danish_standing_is_danish():
    table = standing_table(standing(), language="da")
    assert table.title == "Hvor henvisningerne står til hver frist, alle kommuner"
    assert list(table.body)[1:4] == ["Modtaget", "Frist udløbet", "Til tiden"]


def test_each_expectation_has_a_column_of_its_own():
    frame = pd.DataFrame(
        {"municipality": ["A", "B"], "referred": [30, 20], "need_incident": [50, 40], "need_complex": [100, 80]}
    )
    found = units_and_all(
        frame, estimator=coverage, referred="referred", expected=["need_incident", "need_complex"], unit="municipality"
    )
    table = coverage_table(found, period="2024-H2")
    assert table.body.shape == (3, 4)
    assert table.body.iloc[0, 1:3].tolist() == ["30", "60.0 (40.5 to 85.7); 50 expected"]
    assert table.body.iloc[2, 0] == "All"
    assert table.body.iloc[2, 3].endswith("; 180 expected")
    assert "must not be added" in table.notes[0]


def test_offers_are_named_as_printed():
    frame = pd.DataFrame({"offer": ["lung", "memory"], "started": [20, 3], "expected": [43.0, 338.5]})
    found = coverage(frame, referred="started", expected="expected", by="offer")
    printed = load_printed_list("offers")
    table = offers_table(found, printed, period="2024-H2", language="da")
    assert table.body.iloc[0].tolist()[:3] == ["Indsats overfor borgere med lungekræft", "20", "43"]
    assert table.body.iloc[1].tolist()[1:] == ["–", "338", "–"]


def referrals():
    senders = ["hospital"] * 30 + ["general_practice"] * 10 + ["self"] * 2
    now = pd.DataFrame({"sender": senders, "window": "2024-H2"})
    before = pd.DataFrame({"sender": ["hospital"] * 60 + ["general_practice"] * 25, "window": "2023-H1..2024-H1"})
    return pd.concat([before, now], ignore_index=True)


def test_senders_are_shares_of_their_window_and_small_ones_are_hidden():
    table = composition_table(source_mix(referrals(), source="sender", by="window"))
    assert list(table.body) == ["Sender of the referral", "2023-H1 to 2024-H1", "2024-H2", "All"]
    body = table.body.set_index("Sender of the referral")
    assert body.loc["Hospital", "2023-H1 to 2024-H1"] == "60 (70.6)"
    assert body.loc["All"].tolist() == ["85", "42", "127"]
    assert body.loc["Self", "2024-H2"] == "–"
    # 42 less the others would be the two
    assert (body["2024-H2"] == "–").sum() >= 2


def test_reasons_are_of_those_who_declined():
    rows = pd.DataFrame(
        {"declined": 1.0, "decline_reason": ["too_far"] * 6 + ["not_relevant"] * 9, "window": "2024-H2"}
    )
    table = composition_table(
        decline_reasons(rows, declined="declined", reason="decline_reason", by="window"), title="reasons", language="da"
    )
    assert table.title == "Hvorfor borgere takkede nej"
    assert table.body.iloc[-1, -1] == "15"


def test_what_was_refused_is_said_in_place_of_a_table():
    nothing = Estimates([], context={"refused": "nobody has declined = 1: there are no reasons to count"})
    printed = load_printed_list("offers")
    tables = (composition_table(nothing), coverage_table(nothing), offers_table(nothing, printed), flow_matrix(nothing))
    for table in tables:
        assert "nobody has" in table.body.iloc[0, 0]


def test_who_passes_on_to_whom():
    pairs = [("A", "B")] * 12 + [("B", "A")] * 7 + [("C", "A")] * 8
    rows = pd.DataFrame(pairs, columns=["home_municipality", "municipality"])
    table = flow_matrix(municipality_flow(rows, home="home_municipality", provider="municipality"))
    assert table.body.to_numpy().tolist() == [
        ["A", "0", "12", "0", "12"],
        ["B", "7", "0", "0", "7"],
        ["C", "8", "0", "0", "8"],
        ["All", "15", "12", "0", "27"],
    ]


@pytest.mark.parametrize("language", ["en", "da"])
def test_the_pilot_sets_off_what_does_not_add_up(language):
    table = pilot_table(pilot_flow(), language=language)
    assert [table.body.iloc[place, -2:].tolist() for place in table.totals] == [["16", "15"], ["9", "7"]]
    assert table.body.iloc[0, 0] == {"en": "Referred", "da": "Henviste"}[language]
    assert not table.data["agrees"].all()
