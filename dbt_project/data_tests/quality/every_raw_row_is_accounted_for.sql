-- A file whose bad lines were skipped silently: the totals looked right, the leads in it were never called.
select *
from {{ ref('row_accounting') }}
where raw_rows <> staged_rows + duplicate_rows + quarantined_rows
