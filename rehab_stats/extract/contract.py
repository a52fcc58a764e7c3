"""The contract: what an extract is, once it has been read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from rehab_stats.extract.columns import TABLES, cast_to_contract, contract_dtypes

__all__ = [
    "TABLES",
    "Extract",
    "ExtractMeta",
    "ContractError",
    "cast_to_contract",
    "contract_dtypes",
    "validate_tables",
]

OFFENCE_COLUMNS = ["severity", "table", "column", "rule", "count", "rows", "message"]


@dataclass(frozen=True)
class ExtractMeta:
    """What extract.yaml says of an extract.

    Attributes
    ----------
    extract_date : pandas.Timestamp
        The day the data were drawn; nothing in the tables may lie after it.
    source : str
        Where the data come from, in words.
    synthetic : bool
        Whether the persons are invented. Only synthetic extracts may leave results inside the repository.
    registration : mapping
        Table -> (registered_from, registered_to): the days between which its rows were registered. `registered_to` may be
        None (still open). Here: `referrals`; earlier referrals are unseen.
    scenario, seed
        Which mechanism wrote a synthetic extract ("" and None otherwise).
    """

    extract_date: pd.Timestamp
    source: str
    synthetic: bool
    registration: Mapping[str, tuple[pd.Timestamp, pd.Timestamp | None]]
    scenario: str = ""
    seed: int | None = None

    def __post_init__(self):
        object.__setattr__(
            self, "registration", MappingProxyType(dict(self.registration))
        )


@dataclass(frozen=True, eq=False)
class Extract:
    """Validated tables with what is known about them; `extract["persons"]` is a copy of a table.

    Attributes
    ----------
    tables : mapping
        Table name -> DataFrame in the contract's dtypes (see `contract_dtypes`). Optional columns the files did not have are
        absent; columns the contract does not know were left out (with a note among the findings).
    meta : ExtractMeta
    findings : pandas.DataFrame
        Warnings and notes: severity, table, column, rule, count, rows (the first row numbers), message. The header is row 1.
    checksum : str
        SHA-256 over the bytes of the files read, in the order of their names; "" for an extract built in memory.
    path : str
        The folder ("" when built in memory).
    truth : pandas.DataFrame or None
        Every person's true risks, only for an extract simulated in memory.
    """

    tables: Mapping[str, pd.DataFrame]
    meta: ExtractMeta
    findings: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=OFFENCE_COLUMNS)
    )
    checksum: str = ""
    path: str = ""
    truth: pd.DataFrame | None = None

    def __post_init__(self):
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self.tables:
            raise KeyError(
                f"The extract has no table {name!r}; it has {', '.join(self.tables)}."
            )
        return self.tables[name].copy()

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)


class ContractError(ValueError):
    """An extract breaks the contract; the message lists every offence, `.offences` is the same as a DataFrame."""

    def __init__(self, message: str, offences: pd.DataFrame):
        super().__init__(message)
        self.offences = offences


def validate_tables(
    tables: Mapping[str, pd.DataFrame], meta: ExtractMeta
) -> pd.DataFrame:
    """Findings (warnings and notes) of tables in the contract's dtypes; raises ContractError on any error."""
    return pd.DataFrame(columns=OFFENCE_COLUMNS)  # the rules follow in the next commit
