"""How one call handles what is missing: its options, checked together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rehab_stats.estimate.change.completed import Delta
from rehab_stats.estimate.change.mixed import ERRORS
from rehab_stats.estimate.change.weighted import ANCOVA, CHANGE
from rehab_stats.estimate.model.bootstrap import SEED
from rehab_stats.estimate.model.sample import WrongCall

HANDLINGS = ("complete_cases", "weights", "mixed_model", "imputation")
ANALYSES = (CHANGE, ANCOVA)


def own_stream(rng: np.random.Generator | None) -> np.random.Generator:
    """The stream of one call: another call with the same generator gets another."""
    return (np.random.default_rng(SEED) if rng is None else rng).spawn(1)[0]


@dataclass(frozen=True)
class Options:
    """How one call handles what is missing; see `mean_change`."""

    handling: str
    analysis: str = CHANGE
    steps: Mapping[str, Sequence[str]] | None = None
    delta: Delta | None = None
    reliability: float = 1.0
    m: int | None = None
    method: str = "normal"
    stabilised: bool = True
    truncate: tuple[float, float] | None = (0.01, 0.99)
    weights: str | None = None
    errors: str = "expected"
    rng: np.random.Generator = field(default_factory=lambda: own_stream(None))
    workers: int = 1

    def refuse(self) -> None:
        """Raise WrongCall on options that are unknown or do not go together."""
        closed = {"handling": HANDLINGS, "analysis": ANALYSES, "errors": ERRORS}
        for name, value, allowed in ((name, getattr(self, name), allowed) for name, allowed in closed.items()):
            if value not in allowed:
                raise WrongCall(f"{name} must be one of {', '.join(allowed)}; got {value!r}")
        if self.handling == "mixed_model" and self.analysis == ANCOVA:
            raise WrongCall("a mixed model gives changes, not the gap at equal baseline: ask another handling for that")
        if (self.handling == "weights") != (self.steps is not None):
            raise WrongCall("steps= goes with handling='weights', which needs it: column of each step -> its terms")
        if self.weights is not None and self.handling != "weights":
            raise WrongCall("weights= goes with handling='weights'")
        if self.delta is not None and self.handling != "imputation":
            raise WrongCall("delta= moves imputed scores: it goes with handling='imputation'")
        if not 0 < self.reliability <= 1:
            raise WrongCall(f"reliability must be above 0 and at most 1; got {self.reliability!r}")
        if self.reliability < 1 and (self.analysis != ANCOVA or self.handling not in {"complete_cases", "imputation"}):
            raise WrongCall("reliability= goes with analysis='ancova' of complete_cases or imputation")
        if self.m is not None and (not isinstance(self.m, int | np.integer) or self.m < 2):
            raise WrongCall(f"m must be a whole number of imputations, at least 2; got {self.m!r}")


def as_delta(delta: Delta | float | Mapping[str, float] | None) -> Delta | None:
    """A delta of everybody without a follow-up where only points are given."""
    return delta if delta is None or isinstance(delta, Delta) else Delta(never_given=delta, dropouts=delta)
