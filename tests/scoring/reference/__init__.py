"""The scoring of docs/scoring.md, written a second time in plain Python: something for the SQL to be wrong against.

It is written from the document and the seeds alone. It loops where the SQL joins and counts in exact decimals, so that
the two can only agree by both being right.
"""

from __future__ import annotations

from tests.scoring.reference.cells import records
from tests.scoring.reference.rows import CONTRIBUTION_KEY, SCORE_KEY, Contribution, Scored
from tests.scoring.reference.scores import score

__all__ = ["CONTRIBUTION_KEY", "SCORE_KEY", "Contribution", "Scored", "records", "score"]
