-- When each channel may reach people of a place, in UTC: day in all of the place's time zones at once.
with recursive

days (contact_date, day_number) as (
    select
        cast({{ dbt.dateadd('day', -1, as_of_date()) }} as date) as contact_date,
        0 as day_number

    union all

    select
        cast({{ dbt.dateadd('day', 1, 'days.contact_date') }} as date) as contact_date,
        days.day_number + 1 as day_number
    from days
    inner join {{ ref('nurture_settings') }} as settings
        -- a fortnight more: a window may be a week away, and that day a holiday
        on days.day_number < settings.plan_days + 14
),

zones as (
    select
        coalesce({{ lower_case('country') }}, '') as place,
        time_zone
    from {{ ref('country_time_zones') }}
),

hours as (
    select
        channel,
        coalesce({{ lower_case('country') }}, '') as hours_of,
        {{ explode_text('weekdays', '|') }} as weekday,
        from_hour,
        to_hour,
        is_open_on_holidays
    from {{ ref('contact_hours') }}
),

-- a day off in one zone of a place is one in all of it; zones without a calendar have the default's days off
holidays as (
    select distinct
        zones.place,
        business_holidays.holiday
    from zones
    left join {{ ref('business_calendars') }} as own_calendars
        on zones.time_zone = own_calendars.time_zone
    inner join {{ ref('business_calendars') }} as calendars
        on calendars.time_zone = own_calendars.time_zone or (own_calendars.time_zone is null and calendars.is_default)
    inner join {{ ref('business_holidays') }} as business_holidays
        on calendars.calendar = business_holidays.calendar
),

hours_by_country as (
    select distinct
        channel,
        hours_of
    from hours
),

channels_of_places as (
    select
        zones.place,
        zones.time_zone,
        channels.channel,
        coalesce(hours_by_country.hours_of, '') as hours_of
    from zones
    cross join {{ ref('nurture_channels') }} as channels
    left join hours_by_country
        on
            channels.channel = hours_by_country.channel
            and zones.place = hours_by_country.hours_of
),

windows as (
    select
        channels_of_places.place,
        channels_of_places.channel,
        days.contact_date,
        max({{ instant_of(dbt.dateadd('hour', 'hours.from_hour', 'cast(days.contact_date as timestamp)'), 'channels_of_places.time_zone') }})
            as opens_at,
        min({{ instant_of(dbt.dateadd('hour', 'hours.to_hour', 'cast(days.contact_date as timestamp)'), 'channels_of_places.time_zone') }})
            as closes_at
    from days
    inner join hours
        on {{ iso_weekday('days.contact_date') }} = cast(hours.weekday as integer)
    inner join channels_of_places
        on
            hours.channel = channels_of_places.channel
            and hours.hours_of = channels_of_places.hours_of
    left join holidays
        on
            channels_of_places.place = holidays.place
            and days.contact_date = holidays.holiday
    where holidays.holiday is null or hours.is_open_on_holidays
    group by channels_of_places.place, channels_of_places.channel, days.contact_date
)

select * from windows
where opens_at < closes_at
