-- The grade that the CRM is told: near the edge of a band it stays the one that the CRM holds, so that it does not flap.
with

told_grades as (
    select * from {{ ref('sync_crm__told_grades') }}
),

bands as (
    select * from {{ ref('grade_bands') }}
),

hysteresis as (
    select * from {{ ref('sync_hysteresis') }}
),

-- the band that the CRM was told, as wide as the margins make it
stays as (
    {% for dimension, score, place in [('profile', 'profile_score', 1), ('engagement', 'engagement_score', 2)] -%}
        select
            told_grades.lead_id,
            '{{ dimension }}' as dimension,
            bands.grade as told_band
        from told_grades
        inner join bands
            on
                told_grades.scoring_model = bands.scoring_model
                and bands.dimension = '{{ dimension }}'
                and bands.grade = substring(told_grades.told_grade, {{ place }}, 1)
        inner join hysteresis
            on hysteresis.dimension = '{{ dimension }}'
        where
            (bands.from_score is null or told_grades.{{ score }} >= bands.from_score - hysteresis.margin_down)
            and (bands.to_score is null or told_grades.{{ score }} < bands.to_score + hysteresis.margin_up)
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
),

bands_that_stay as (
    select
        lead_id,
        max(case when dimension = 'profile' then told_band end) as profile_grade,
        max(case when dimension = 'engagement' then told_band end) as engagement_level
    from stays
    group by lead_id
),

steady as (
    select
        told_grades.lead_id,
        told_grades.scoring_model,
        told_grades.grade as own_grade,
        coalesce(bands_that_stay.profile_grade, told_grades.profile_grade) as profile_grade,
        coalesce(bands_that_stay.engagement_level, told_grades.engagement_level) as engagement_level
    from told_grades
    left join bands_that_stay
        on told_grades.lead_id = bands_that_stay.lead_id
),

graded as (
    select
        lead_id,
        scoring_model,
        {{ dbt.concat(['profile_grade', 'engagement_level']) }} as grade,
        profile_grade,
        engagement_level,
        own_grade <> {{ dbt.concat(['profile_grade', 'engagement_level']) }} as is_held
    from steady
)

select * from graded
