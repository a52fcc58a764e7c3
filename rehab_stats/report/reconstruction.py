"""What a reader can work out from the counts that are shown, and what else must be hidden so that he cannot.

The counts of a table or figure are unknowns tied by sums (parts and total, events and the rest, one model's persons
and another's). A reader who knows the sums solves for what is hidden. `Ledger.hide` does what he would do, by linear
programming, and hides further counts until he fails.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

Key = Hashable
TOLERANCE = 1e-6


@dataclass
class Ledger:
    """Counts, the sums that tie them, and which of them a reader sees.

    Attributes
    ----------
    values : dict
        Key -> count of persons (0 or more).
    cost : dict
        Key -> what it costs to hide it (0 a plain cell, higher: hidden later).
    relations : list of dict
        Each maps keys to coefficients; the coefficients times the counts add up to 0.
    shown : set
        Keys that a reader sees. Others (the rest of a group, a difference of two counts) he can only infer.
    """

    values: dict[Key, float] = field(default_factory=dict)
    cost: dict[Key, int] = field(default_factory=dict)
    relations: list[dict[Key, float]] = field(default_factory=list)
    shown: set[Key] = field(default_factory=set)
    _known: set[frozenset] = field(default_factory=set, repr=False)

    def add(self, key: Key, value: float, *, cost: int = 0, shown: bool = True) -> Key:
        """Enter a count; entered twice it keeps the higher cost."""
        self.values[key] = value
        self.cost[key] = max(cost, self.cost.get(key, 0))
        if shown:
            self.shown.add(key)
        return key

    def tie(self, total: Key, parts: Iterable[Key]) -> None:
        """The total is the sum of its parts; what the parts leave over becomes a count of its own, never shown."""
        parts = sorted(set(parts) - {total}, key=repr)
        rest = self.values[total] - sum(self.values[part] for part in parts)
        if not parts or rest < -TOLERANCE:
            return
        relation = dict.fromkeys(parts, 1.0) | {total: -1.0}
        if rest > TOLERANCE:
            relation[self.add(("rest", total, tuple(parts)), rest, shown=False)] = 1.0
        known = frozenset(relation.items())
        if known not in self._known:
            self._known.add(known)
            self.relations.append(relation)

    def small(self, minimum: int) -> set[Key]:
        """The counts of 1 to minimum - 1, shown or inferred."""
        return {key for key, value in self.values.items() if TOLERANCE < value < minimum - TOLERANCE}

    def hide(self, minimum: int) -> tuple[set[Key], set[Key]]:
        """The keys to hide: (small counts, further counts that would reveal them).

        Hiding more never tells the reader more, so one pass over the small counts is enough.
        """
        small = self.small(minimum)
        shown, further = self.shown - small, set()
        for target in sorted(small, key=lambda key: (self.values[key], repr(key))):
            while self.exposed(target, shown, small, minimum):
                choice = self._cheapest(target, shown)
                if choice is None:
                    break
                shown.discard(choice)
                further.add(choice)
        return small & self.shown, further

    def exposed(self, target: Key, shown: set[Key], small: set[Key], minimum: int) -> bool:
        """Whether a reader can tell the count, or, not knowing why it is hidden, that it must be small.

        Two readers are tried. One knows only that counts are not negative: for him the count must be able to reach
        `minimum`. The other knows which counts are hidden for being small: for him two values must remain possible.
        """
        relations = _component(self.relations, shown, target)
        if target in _peeled(relations, shown):
            return True
        if not relations:
            return False
        sums = self._sums(relations, shown)
        if _most(target, sums, {}) < minimum - TOLERANCE:
            return True
        if minimum <= 2:  # a small count can then only be one person: nothing is left to be uncertain about
            return False
        bounds = dict.fromkeys(small - shown, (1, minimum - 1))
        low, high = -_most(target, sums, bounds, sign=-1), _most(target, sums, bounds)
        return np.floor(high + TOLERANCE) - np.ceil(low - TOLERANCE) < 1

    def _sums(self, relations: list[dict], shown: set[Key]) -> tuple[list[Key], np.ndarray, np.ndarray]:
        """The hidden counts, and the relations as `matrix @ counts = what is shown`."""
        unknown = sorted({key for relation in relations for key in relation} - shown, key=repr)
        place = {key: column for column, key in enumerate(unknown)}
        left, right = np.zeros((len(relations), len(unknown))), np.zeros(len(relations))
        for row, relation in enumerate(relations):
            for key, coefficient in relation.items():
                if key in place:
                    left[row, place[key]] = coefficient
                else:
                    right[row] -= coefficient * self.values[key]
        return unknown, left, right

    def _cheapest(self, target: Key, shown: set[Key]) -> Key | None:
        relations = _component(self.relations, shown, target)
        lone = [relation for relation in relations if len(relation.keys() - shown) == 1]
        own = [relation for relation in relations if target in relation]
        for choices in (lone, own, relations):
            keys = {key for relation in choices for key in relation} & shown
            if keys:
                return min(
                    keys,
                    key=lambda key: (
                        self.values[key] < TOLERANCE,  # a hidden nought protects nobody
                        -sum(key in relation for relation in choices),
                        self.cost[key],
                        self.values[key],
                        repr(key),
                    ),
                )
        return None


def _most(
    target: Key,
    sums: tuple[list[Key], np.ndarray, np.ndarray],
    bounds: Mapping[Key, tuple[int, int]],
    *,
    sign: int = 1,
) -> float:
    """The largest that the target, times the sign, can be; others are 0 or more, or within their bounds."""
    unknown, left, right = sums
    goal = np.array([-float(sign) if key == target else 0.0 for key in unknown])
    found = linprog(goal, A_eq=left, b_eq=right, bounds=[bounds.get(key, (0, None)) for key in unknown])
    return -found.fun if found.status == 0 else (np.inf if sign > 0 else 0.0)


def _component(relations: list[dict], shown: set[Key], target: Key) -> list[dict]:
    """The relations that can say something about the target: those linked to it through hidden counts."""
    reached, frontier, found, left = {target}, {target}, [], list(relations)
    while frontier:
        linked = [relation for relation in left if frontier & relation.keys()]
        left = [relation for relation in left if not frontier & relation.keys()]
        found += linked
        frontier = {key for relation in linked for key in relation} - shown - reached
        reached |= frontier
    return found


def _peeled(relations: list[dict], shown: set[Key]) -> set[Key]:
    """The hidden counts found by subtraction alone: again and again a sum in which only one count is unknown."""
    solved: set[Key] = set()
    while True:
        lone = [relation.keys() - shown - solved for relation in relations]
        new = {key for keys in lone if len(keys) == 1 for key in keys}
        if not new:
            return solved
        solved |= new
