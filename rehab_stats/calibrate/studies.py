"""The studies there are, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rehab_stats.calibrate.access import ACCESS
from rehab_stats.calibrate.analyses import Study
from rehab_stats.calibrate.effect import EFFECT
from rehab_stats.calibrate.participation import PARTICIPATION
from rehab_stats.calibrate.pathway import PATHWAY

STUDIES: Mapping[str, Study] = MappingProxyType(
    {study.name: study for study in (ACCESS, PARTICIPATION, EFFECT, PATHWAY)}
)
"""In the order of the answer key. No analysis set belongs to two of them."""
