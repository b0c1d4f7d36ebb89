-- The working hours of every day in every time zone that has a calendar, across changes of clocks; days off have none.
with

calendars as (
    select * from {{ ref('business_calendars') }}
),

hours as (
    select * from {{ ref('business_hours') }}
),

holidays as (
    select * from {{ ref('business_holidays') }}
),

-- eleven years back from tomorrow
days as (
    select cast({{ dbt.dateadd('day', '2 - generated_number', as_of_date()) }} as date) as local_date
    from ({{ dbt.generate_series(4096) }}) as numbers
),

opened as (
    select
        calendars.time_zone,
        days.local_date,
        case when holidays.holiday is null then hours.opens_at end as opens_at,
        case when holidays.holiday is null then hours.closes_at end as closes_at
    from calendars
    cross join days
    left join hours
        on
            calendars.calendar = hours.calendar
            and hours.weekday = {{ weekday('days.local_date') }}
    left join holidays
        on
            calendars.calendar = holidays.calendar
            and days.local_date = holidays.holiday
),

placed as (
    select
        time_zone,
        local_date,
        {{ instant_of(wall_time('local_date', "coalesce(opens_at, '12:00')"), 'time_zone') }} as opens_at,
        {{ instant_of(wall_time('local_date', "coalesce(closes_at, '12:00')"), 'time_zone') }} as closes_at
    from opened
),

measured as (
    select
        *,
        cast({{ dbt.datediff('opens_at', 'closes_at', 'second') }} as bigint) as seconds
    from placed
)

select
    *,
    cast(sum(seconds) over (partition by time_zone order by local_date rows unbounded preceding) - seconds as bigint) as seconds_before
from measured
