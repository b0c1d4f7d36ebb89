"""Whether a peer's scores and contributions are the project's, row by row, with exact decimals."""

from __future__ import annotations

from pathlib import Path

import duckdb

COMPARED = {
    "lead_scores": [
        "lead_id",
        "scoring_model",
        "profile_score",
        "profile_grade",
        "engagement_score",
        "engagement_level",
        "grade",
        "combined_score",
    ],
    "lead_score_contributions": ["lead_id", "scoring_model", "dimension", "criterion", "rule_id", "points"],
}
POINTS = {"profile_score", "engagement_score", "combined_score", "points"}


class AnswersDifferError(RuntimeError):
    """A peer did other work; the message shows rows that differ."""


def same_answer(warehouse: Path, out: Path) -> int:
    """Compare a peer's result with the project's marts.

    Args:
        warehouse: the file that dbt built.
        out: the peer's folder, with ``scores.duckdb`` or Parquet files.

    Returns:
        How many rows were compared.

    Raises:
        AnswersDifferError: any row differs.
    """
    compared = 0
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as project (read_only)")
        if (out / "scores.duckdb").exists():
            connection.execute(f"attach '{out / 'scores.duckdb'}' as peer (read_only)")
        for table, columns in COMPARED.items():
            given = f"peer.{table}" if (out / "scores.duckdb").exists() else f"read_parquet('{out / table}.parquet')"
            ours, theirs = (_exact(connection, relation, columns) for relation in (f"project.marts.{table}", given))
            difference = connection.execute(
                f"""
                select 'only in the project' as side, * from ({ours} except all {theirs})
                union all
                select 'only in the peer' as side, * from ({theirs} except all {ours})
                order by 2, 3, 4, 5, 6, 1 limit 10
                """
            ).fetchall()
            if difference:
                raise AnswersDifferError(
                    f"{table} differs, points in ten-thousandths:\n" + "\n".join(map(str, difference))
                )
            counted = connection.execute(f"select count(*) from ({ours})").fetchall()
            compared += int(counted[0][0])
    return compared


def _exact(connection: duckdb.DuckDBPyConnection, relation: str, columns: list[str]) -> str:
    """A select of the columns, points as whole ten-thousandths: some peers keep them so."""
    described = connection.execute(f"describe from {relation}").fetchall()
    types = {name: kind for name, kind, *_ in described}
    cells = [
        f"cast({name} * {10_000 if types[name].startswith('DECIMAL') else 1} as bigint) as {name}"
        if name in POINTS
        else name
        for name in columns
    ]
    return f"select {', '.join(cells)} from {relation}"
