-- A channel without a rule of consent, or a country without an hour, is one that somebody is reached by at night.
{% set channel_seeds = ['consent_rules', 'contact_hours', 'frequency_caps'] %}
with

channels as (
    select * from {{ ref('nurture_channels') }}
),

places as (
    select distinct coalesce({{ lower_case('country') }}, '') as place
    from {{ ref('country_time_zones') }}
),

hours as (
    select * from {{ ref('contact_hours') }}
),

days as (
    select
        channel,
        country,
        {{ explode_text('weekdays', '|') }} as weekday
    from hours
),

weekdays as (
    select {{ explode_text("'1|2|3|4|5|6|7'", '|') }} as weekday
),

windows as (
    select distinct
        place,
        channel
    from {{ ref('int_contact_windows') }}
),

problems as (
    {% for seed in channel_seeds -%}
        select
            '{{ seed }}' as seed,
            rules.channel as name,
            'channel is not in nurture_channels' as problem
        from {{ ref(seed) }} as rules
        anti join channels
            on rules.channel = channels.channel
        where rules.channel is not null

        union all

    {% endfor -%}
    {% for seed in ['consent_rules', 'contact_hours'] -%}
        select
            '{{ seed }}' as seed,
            rules.country as name,
            'country is not in country_time_zones: its hours are not known' as problem
        from {{ ref(seed) }} as rules
        anti join places
            on {{ lower_case('rules.country') }} = places.place
        where rules.country is not null

        union all

        select
            '{{ seed }}' as seed,
            channels.channel as name,
            'has no row for everywhere else: leave a country blank' as problem
        from channels
        anti join {{ ref(seed) }} as rules
            on
                channels.channel = rules.channel
                and rules.country is null

        union all

    {% endfor -%}
    select
        'contact_hours' as seed,
        channel as name,
        'hours are blank, empty, or of the night, when clocks are changed' as problem
    from hours
    where from_hour is null or to_hour is null or from_hour not between 5 and 22 or to_hour not between from_hour + 1 and 23

    union all

    select
        'contact_hours' as seed,
        channel as name,
        'is_open_on_holidays is blank' as problem
    from hours
    where is_open_on_holidays is null

    union all

    select
        'contact_hours' as seed,
        days.channel as name,
        'a weekday is none of 1 to 7, or there twice' as problem
    from days
    left join weekdays
        on days.weekday = weekdays.weekday
    group by days.channel, days.country, days.weekday
    having count(*) > 1 or count(weekdays.weekday) = 0

    union all

    select
        'frequency_caps' as seed,
        coalesce(channel, 'all channels') as name,
        'days and contacts have to be 1 or more' as problem
    from {{ ref('frequency_caps') }}
    where coalesce(within_days, 0) < 1 or coalesce(at_most, 0) < 1

    union all

    select
        'frequency_caps' as seed,
        coalesce(looser.channel, 'all channels') as name,
        'never counts: another cap allows no more within more days' as problem
    from {{ ref('frequency_caps') }} as looser
    inner join {{ ref('frequency_caps') }} as stricter
        on
            coalesce(stricter.channel, coalesce(looser.channel, '')) = coalesce(looser.channel, '')
            and stricter.within_days > looser.within_days
            and stricter.at_most <= looser.at_most

    union all

    select
        'country_time_zones' as seed,
        places.place as name,
        'is never reached: its zones have no hour in common' as problem
    from places
    cross join channels
    anti join windows
        on
            places.place = windows.place
            and channels.channel = windows.channel
)

select * from problems
