"""How the sync behaves towards a destination: rows of seeds/sync/, as the last build has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from orchestration.engines.warehouse import Warehouse

Verdict = Literal["permanent", "unchanged", "transient", "busy", "quota", "unsure", "too_large", "stop"]
VERDICTS = frozenset(get_args(Verdict))
ANY_CODE = "*"


class BadPolicy(RuntimeError):  # noqa: N818
    """A seed of the sync says nothing usable about a destination; names the seed and the cure."""


@dataclass(frozen=True)
class Policy:
    """One row of ``sync_policies``, described there, and the verdicts of ``sync_error_codes``."""

    destination: str
    tries_in_a_run: int
    first_pause_seconds: float
    longest_pause_seconds: float
    failures_in_a_row: int
    retry_minutes: float
    longest_retry_hours: float
    attempts: int
    rejected_rest_hours: float
    quota_percent: float
    quota_reset_zone: str
    stop_changed_percent: float
    stop_rejected_percent: float
    stop_from_records: int
    verdicts: Mapping[str, Verdict] = field(default_factory=dict, repr=False)

    def verdict(self, code: str) -> Verdict:
        """What a code of the destination means; of a code that nobody knows, what the row ``*`` says."""
        return self.verdicts.get(code) or self.verdicts.get(ANY_CODE, "transient")


def read_policy(warehouse: Warehouse, policies: str, codes: str, destination: str) -> Policy:
    """Read the policy of a destination.

    Args:
        warehouse: where the seeds are.
        policies: the relation of the seed ``sync_policies``.
        codes: the relation of the seed ``sync_error_codes``.
        destination: its name.

    Raises:
        BadPolicy: when the seeds have no usable row for it.
    """
    columns = _columns()
    rows = warehouse.rows(f"select {', '.join(columns)} from {policies} where destination = ?", [destination])
    if len(rows) != 1:
        raise BadPolicy(
            f"seeds/sync/sync_policies.csv has {len(rows)} rows for the destination {destination!r}: it needs one"
        )
    verdicts = dict(warehouse.rows(f"select code, verdict from {codes} where destination = ?", [destination]))
    if unknown := sorted(set(verdicts.values()) - VERDICTS):
        raise BadPolicy(
            f"seeds/sync/sync_error_codes.csv: verdict {unknown[0]!r} of {destination} is none of "
            f"{', '.join(sorted(VERDICTS))}"
        )
    cells = {name: _typed(cell, columns[name]) for name, cell in zip(columns, rows[0], strict=True)}
    return Policy(**cells, verdicts=verdicts)


def _columns() -> dict[str, str]:
    return {column.name: str(column.type) for column in fields(Policy) if column.name != "verdicts"}


def _typed(cell: Any, kind: str) -> Any:
    return {"int": int, "float": float, "str": str}[kind](cell)
