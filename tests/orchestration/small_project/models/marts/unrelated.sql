-- A mart that the sync does not read.
select 1 as one, {{ as_of() }} as as_of
