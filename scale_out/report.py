"""The comparison for people."""

from __future__ import annotations

from collections.abc import Sequence

from scale_out.comparison import TableComparison


def written(comparisons: Sequence[TableComparison]) -> str:
    """A table of all comparisons in Markdown, then each difference in value, then each in type."""
    lines = [
        "| table | rows DuckDB | rows Spark | differing rows | differing types |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one.name} | {one.duckdb_rows} | {one.spark_rows} | {max(one.only_duckdb, one.only_spark)}"
        f" | {len(one.type_differences)} |"
        for one in comparisons
    ]
    for one in comparisons:
        if not one.is_equal:
            lines += ["", f"{one.name}: {one.only_duckdb} rows only in DuckDB, {one.only_spark} only in Spark"]
            lines += [f"* {example}" for example in one.examples]
    lines += ["", "Differences in type:"]
    lines += [f"* {one.name}.{said}" for one in comparisons for said in one.type_differences] or ["* none"]
    return "\n".join(lines) + "\n"
