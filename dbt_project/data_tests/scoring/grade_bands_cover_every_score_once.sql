-- A gap between bands leaves a lead without a grade, an overlap gives it two.
with

ordered as (
    select
        *,
        lag(to_score) over (partition by scoring_model, dimension order by from_score asc nulls first) as previous_to,
        row_number() over (partition by scoring_model, dimension order by from_score asc nulls first) as place,
        count(*) over (partition by scoring_model, dimension) as band_count
    from {{ ref('grade_bands') }}
),

wrong as (
    select
        scoring_model,
        dimension,
        grade,
        case
            when place = 1 and from_score is not null then 'the lowest band must be open: leave from_score blank'
            when place = band_count and to_score is not null then 'the highest band must be open: leave to_score blank'
            when place > 1 and from_score is null then 'two bands are open below'
            when place < band_count and to_score is null then 'a band that is not the highest is open above'
            when from_score < previous_to then 'overlaps the band below'
            when from_score > previous_to then 'leaves a gap above the band below'
            when to_score <= from_score then 'is empty: to_score is not above from_score'
        end as problem
    from ordered
)

select * from wrong
where problem is not null
