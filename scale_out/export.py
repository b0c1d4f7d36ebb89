"""Tables of Spark as Parquet files that any other engine reads."""

from __future__ import annotations

import shutil
from pathlib import Path

from scale_out.connection import Session


def export_relation(session: Session, relation: str, folder: Path) -> str:
    """Write a table or view as Parquet into a folder, which is emptied first.

    Args:
        session: where to ask.
        relation: such as `marts.leads`.
        folder: on a disk that Spark's workers and this process share.

    Returns:
        The pattern of the files that were written.

    Raises:
        ThriftError: when Spark cannot read the relation or write the folder.
    """
    shutil.rmtree(folder, ignore_errors=True)
    session.rows(f"insert overwrite directory '{folder.as_uri()}' using parquet select * from {relation}")
    return f"{folder}/*.parquet"
