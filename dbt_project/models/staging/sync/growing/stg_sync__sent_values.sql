with

outcomes as (
    select * from {{ ref('base_sync__outcomes') }}
    where
        row_verdict = 'staged'
        and {{ is_to_judge() }}
),

exploded as (
    select
        run_id,
        destination,
        object,
        record_id,
        entries.key as field,
        {{ text_without_blanks(json_entry_text('entries.value')) }} as value,
        outcome,
        sent_at
    from outcomes
    {{ json_entries('payload', 'entries') }}
)

select * from exploded
