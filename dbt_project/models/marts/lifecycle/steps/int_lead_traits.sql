-- What cohorts are cut by, long: one row for each lead and dimension. Test records are left out.
{% set dimensions = {
    'all': "'all'", 'source': 'leads.lead_source', 'campaign': 'leads.campaign_id', 'region': 'leads.region',
    'owner': 'leads.owner_id', 'segment': 'segments.segment', 'grade': 'hand_offs.grade'
} -%}
with

leads as (
    select * from {{ ref('leads') }}
    where not is_test
),

segments as (
    select * from {{ ref('company_segments') }}
),

hand_offs as (
    select
        lead_id,
        max_by(grade, handed_off_at) as grade
    from {{ ref('int_hand_offs') }}
    group by lead_id
),

described as (
    select
        {% for dimension, value in dimensions.items() -%}
            coalesce({{ value }}, 'unknown') as of_{{ dimension }},
        {% endfor -%}
        leads.lead_id
    from leads
    left join segments
        on
            (segments.from_employees is null or leads.employee_count >= segments.from_employees)
            and (segments.to_employees is null or leads.employee_count < segments.to_employees)
            and leads.employee_count is not null
    left join hand_offs
        on leads.lead_id = hand_offs.lead_id
)

{% for dimension in dimensions -%}
    select
        lead_id,
        '{{ dimension }}' as dimension,
        of_{{ dimension }} as dimension_value
    from described
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
