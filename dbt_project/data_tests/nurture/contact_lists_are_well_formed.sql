-- A step on two lists is sent twice; one on none is planned again every night and never sent.
with

lists as (
    select * from {{ ref('contact_lists') }}
),

listed as (
    select
        list,
        {{ explode_text('channels', '|') }} as channel
    from lists
),

counted as (
    select
        channels.channel,
        count(listed.list) as list_count
    from {{ ref('nurture_channels') }} as channels
    left join listed
        on channels.channel = listed.channel
    group by channels.channel
),

problems as (
    select
        list as name,
        case
            when coalesce(due_within_hours, 0) < 1 then 'due_within_hours is below 1'
            when channels is null then 'channels are blank'
        end as problem
    from lists

    union all

    select
        channel as name,
        case when list_count = 0 then 'is on no list' else 'is on several lists' end as problem
    from counted
    where list_count <> 1

    union all

    select
        listed.list as name,
        'a channel that nurture_channels does not know' as problem
    from listed
    anti join {{ ref('nurture_channels') }} as channels
        on listed.channel = channels.channel
)

select * from problems
where problem is not null
