-- Whose each hand-off was: of the lead's owner at that moment, or of the next one when nobody had it yet.
with

hand_offs as (
    select * from {{ ref('int_hand_offs') }}
),

spells as (
    select * from {{ ref('int_owner_spells') }}
),

owned as (
    select
        hand_offs.lifecycle_model,
        hand_offs.lead_id,
        hand_offs.change_number,
        min_by(spells.owner_id, spells.owned_from) as owner_id
    from hand_offs
    inner join spells
        on
            hand_offs.lead_id = spells.lead_id
            and (spells.owned_to is null or hand_offs.handed_off_at < spells.owned_to)
            and (hand_offs.next_hand_off_at is null or spells.owned_from < hand_offs.next_hand_off_at)
    group by hand_offs.lifecycle_model, hand_offs.lead_id, hand_offs.change_number
)

select * from owned
