"""`python -m examples.leadforge --data DIR`: see README.md beside this file."""

from __future__ import annotations

import sys

from examples.run import Example, main

EXAMPLE = Example(
    name="leadforge",
    title="leadforge, intro tier",
    inputs=(
        *(
            f"tables/{table}.parquet"
            for table in (
                "accounts",
                "contacts",
                "leads",
                "opportunities",
                "sales_activities",
                "sessions",
                "touches",
            )
        ),
        *(f"tasks/converted_within_90_days/{split}.parquet" for split in ("train", "valid", "test")),
    ),
    as_of="2024-02-29T23:59:59Z",
    matrix_group="test",
)

if __name__ == "__main__":
    sys.exit(main(EXAMPLE))
