-- Tells whoever looks at the checks that the sync needs a hand: a warning, for it must not close the gate.
{{ config(severity='warn') }}

select * from {{ ref('sync_health') }}
where is_rejecting or is_unusual or is_late or is_short_of_quota or is_broken_off
