"""`python -m examples.x_education --data DIR`: see README.md beside this file."""

from __future__ import annotations

import sys

from examples.run import Example, main

EXAMPLE = Example(
    name="x_education",
    title="X Education",
    inputs=("Leads.csv",),
    as_of="2026-01-31T00:00:00Z",
    matrix_group="held-out half",
)

if __name__ == "__main__":
    sys.exit(main(EXAMPLE))
