"""What two warehouses must have in common: every mart, less the columns that tell the time of a load."""

from __future__ import annotations

from collections.abc import Collection

from tests.end_to_end.leadhouse import Leadhouse, Rows, differing_rows

# The wall clock of the loads.
LOAD_COLUMNS = ("load_id", "loaded_at", "registered_at")
QUALITY_MARTS = ("dropped_values", "landing_files", "quarantined_rows", "row_accounting")


def accounts(warehouse: Leadhouse, columns: str) -> Rows:
    """The row accounting of all loads together: sums by raw table.

    Args:
        columns: SQL of what is wanted of `marts.row_accounting`, added up.
    """
    query = f"""
        select source, table_name, {columns} from marts.row_accounting where source <> 'sync' group by all order by all
    """
    return [tuple(map(str, row.values())) for row in warehouse.query(query)]


def differences(
    expected: Leadhouse, found: Leadhouse, without: Collection[str] = (), leaving_out: Collection[str] = ()
) -> list[str]:
    """Where the marts of two warehouses differ: a line for each row, under the mart's name; empty when they are equal.

    Args:
        without: columns that may differ too.
        leaving_out: marts that may differ.
    """
    names = [name for name in expected.tables("marts") if name not in leaving_out]
    assert names and [name for name in found.tables("marts") if name not in leaving_out] == names
    lines: list[str] = []
    for name in names:
        if name == "row_accounting":
            sums = "sum(raw_rows), sum(staged_rows), sum(duplicate_rows), sum(quarantined_rows)"
            wanted, got = accounts(expected, sums), accounts(found, sums)
        else:
            hidden = (*LOAD_COLUMNS, *without)
            # What the sync sent depends on how often it ran.
            where = "source <> 'sync'" if name in QUALITY_MARTS else "true"
            wanted, got = (side.rows(f"marts.{name}", hidden, where) for side in (expected, found))
        if differing := differing_rows(wanted, got):
            lines += [f"marts.{name}: {len(wanted)} rows expected, {len(got)} found", *differing]
    return lines
