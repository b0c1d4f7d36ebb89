-- A step that asks for a format or topic of which there is no content can never be sent; content that no step asks for is dead.
with

contents as (
    select * from {{ ref('nurture_contents') }}
),

steps as (
    select * from {{ ref('program_steps') }}
    where formats is not null
),

fitting as (
    select
        steps.program,
        steps.step,
        contents.content_id
    from steps
    inner join contents
        on
            {{ is_listed('contents.format', 'steps.formats') }}
            and {{ is_listed('contents.topic', 'steps.topics') }}
),

empty_steps as (
    select
        'program_steps' as seed,
        {{ dbt.concat(["steps.program", "'/'", "cast(steps.step as string)"]) }} as name,
        'no content has these formats and topics' as problem
    from steps
    anti join fitting
        on
            steps.program = fitting.program
            and steps.step = fitting.step
),

topics as (
    select distinct topic
    from {{ ref('content_topics') }}
),

asked_for as (
    select distinct content_id
    from fitting
),

wrong_contents as (
    select
        'nurture_contents' as seed,
        contents.content_id as name,
        case
            when contents.content_id like '%/%' or contents.content_id like '% %' then 'content_id stands in a campaign_id: no slash, no blank'
            when contents.page not like '/%' or contents.page <> {{ lower_case('contents.page') }} or contents.page like '%/'
                then 'page is a path in lower case, with a slash before and none after'
            when topics.topic is null then 'topic is not in content_topics'
            when coalesce(contents.full_seconds, 0) < 1 then 'full_seconds is below 1'
            when others.content_id is not null then 'page is that of other content'
            when asked_for.content_id is null then 'no step asks for it'
        end as problem
    from contents
    left join topics
        on contents.topic = topics.topic
    left join contents as others
        on
            contents.page = others.page
            and contents.content_id <> others.content_id
    left join asked_for
        on contents.content_id = asked_for.content_id
)

select * from empty_steps
union all
select * from wrong_contents
where problem is not null
