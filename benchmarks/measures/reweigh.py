"""One weight is changed, and all leads are scored anew as of the same time."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.companies import LAST_DAY, Company
from benchmarks.runs import Run

SEED = "seeds/scoring/profile_rules.csv"
# a director is worth 75 % of the criterion and no longer 80 %
BEFORE, AFTER = (
    "standard,title_director,title,title,like,%director%,,,80,",
    "standard,title_director,title,title,like,%director%,,,75,",
)


def measure(bench: Bench) -> dict[str, Run]:
    """The change for all leads of the company, and for ten."""
    return {"reweigh": reweigh(bench.company), "reweigh_start": reweigh(bench.tiny)}


def reweigh(company: Company) -> Run:
    """Change the seed, build, put it back.

    Raises:
        ValueError: the rule is no longer in the seed.
    """
    company.back_to_before()
    seed = company.project / SEED
    weights = seed.read_text(encoding="utf-8")
    if BEFORE not in weights:
        raise ValueError(f"{seed} has no line that begins with {BEFORE!r}: choose another weight in {__name__}")
    seed.write_text(weights.replace(BEFORE, AFTER), encoding="utf-8")
    try:
        return company.build(LAST_DAY)
    finally:
        seed.write_text(weights, encoding="utf-8")
