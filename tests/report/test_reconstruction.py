"""The reader's arithmetic: what can be solved from sums, and what is hidden until it cannot."""

from __future__ import annotations

import itertools

import pytest

from rehab_stats.report.reconstruction import Ledger


def ledger_of(parts: list[int]) -> Ledger:
    ledger = Ledger()
    for place, value in enumerate(parts):
        ledger.add(place, value)
    ledger.add("total", sum(parts), cost=2)
    ledger.tie("total", range(len(parts)))
    return ledger


def possible(parts: list[int], hidden: set, *, least: int = 0) -> dict:
    """Every value each hidden part can have, by trying all whole numbers (brute force, no linear programming)."""
    unknown = sorted(hidden - {"total"})
    left = sum(parts[place] for place in unknown)
    fits = [c for c in itertools.product(range(least, left + 1), repeat=len(unknown)) if sum(c) == left]
    return {place: {fit[i] for fit in fits} for i, place in enumerate(unknown)}


def test_a_lone_small_part_takes_the_smallest_other_part_with_it():
    small, further = ledger_of([3, 40, 12, 90]).hide(5)
    assert small == {0}
    assert further == {2}


def test_nothing_small_hides_nothing():
    assert ledger_of([5, 40, 0]).hide(5) == (set(), set())


def test_nought_is_no_partner():
    # hidden beside a nought the 3 would be known to lie in 0..3
    _, further = ledger_of([3, 0, 50]).hide(5)
    assert further == {2}


@pytest.mark.parametrize("parts", [[4, 4, 30], [1, 1, 30]])
def test_two_small_parts_that_their_sum_gives_away_need_a_third(parts):
    # 4 + 4 = 8 with both below 5, or 1 + 1 = 2 with both above 0, has one solution
    small, further = ledger_of(parts).hide(5)
    assert small == {0, 1}
    assert further == {2}


def test_two_parts_that_must_both_be_small_need_a_third():
    # 1 + 3 = 4: neither can reach 5, whatever is known of the reason
    _, further = ledger_of([1, 3, 30]).hide(5)
    assert further == {2}


@pytest.mark.parametrize("parts", [[2, 9, 8, 30], [4, 4, 7], [1, 1, 1, 6], [3, 3, 5], [4, 1, 20, 20]])
def test_brute_force_finds_several_values_for_every_small_part(parts):
    small, further = ledger_of(parts).hide(5)
    values = possible(parts, small | further)
    assert all(len(values[place]) > 1 for place in small)
    if "total" not in further:
        assert all(max(values[place]) >= 5 for place in small)


def test_the_rest_of_a_total_is_a_count_too():
    ledger = Ledger()
    ledger.add("all", 100, cost=2)
    ledger.add("women", 60)
    ledger.add("men", 37)  # 3 have no sex recorded: shown nowhere, and yet everybody can subtract
    ledger.tie("all", ["women", "men"])
    assert ledger.hide(5) == (set(), {"men"})


def test_parts_that_exceed_their_total_are_no_sum():
    ledger = Ledger()
    for name, value in (("all", 10), ("a", 8), ("b", 7)):
        ledger.add(name, value)
    ledger.tie("all", ["a", "b"])
    assert ledger.relations == []


def test_cost_decides_what_goes_first():
    ledger = Ledger()
    for name, value, cost in (("all", 60, 2), ("small", 2, 0), ("dear", 8, 5), ("cheap", 50, 0)):
        ledger.add(name, value, cost=cost)
    ledger.tie("all", ["small", "dear", "cheap"])
    assert ledger.hide(5) == ({"small"}, {"cheap"})


def test_with_a_minimum_of_two_one_person_is_hidden_once():
    # nothing can be uncertain about a count that must be 1; it is hidden with a partner all the same
    assert ledger_of([1, 9, 20]).hide(2) == ({0}, {1})
