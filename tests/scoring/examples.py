"""How many examples the property tests draw."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

# LEADHOUSE_TEST_EXAMPLES=10 draws ten times as many, at random, and makes a failing one small, which takes minutes.
_TIMES = int(os.environ.get("LEADHOUSE_TEST_EXAMPLES", "0"))


def drawn(examples: int) -> settings:
    """Settings of a property test: the same examples every time unless a longer look is asked for."""
    return settings(
        max_examples=examples * max(_TIMES, 1),
        derandomize=not _TIMES,
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if _TIMES else [])],
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
