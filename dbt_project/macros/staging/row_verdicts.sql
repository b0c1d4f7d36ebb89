{#
    What is wrong with a row, as three columns: the first required column that has a fault, the fault, the raw value.

    Args:
        required: raw column to kind, in the order of the contract.
#}
{% macro row_problem(required) -%}
    case
        {%- for column, kind in required.items() %}
        when {{ read_value(column, kind) }} is null then '{{ column }}'
        {%- endfor %}
    end as problem_column,
    case
        {%- for column, kind in required.items() %}
        when problem_column = '{{ column }}' then {{ value_fault(column, kind) }}
        {%- endfor %}
    end as problem_reason,
    case
        {%- for column in required %}
        when problem_column = '{{ column }}' then {{ kept_value(column) }}
        {%- endfor %}
    end as problem_value
{%- endmacro %}

{#
    The optional values of a row that had to become null, as text: `annual_revenue=a lot; converted_at=soon`.

    Args:
        optional: raw column to kind; text cannot fail and is not named. Every table also has loaded_at.
#}
{% macro dropped_values(optional) -%}
    {%- set columns = dict(optional, loaded_at='planned_timestamp') -%}
    nullif(concat_ws('; ',
        {%- for column, kind in columns.items() %}
        case when {{ value_is_lost(column, kind) }} then concat('{{ column }}=', {{ kept_value(column) }}) end
        {{- "," if not loop.last }}
        {%- endfor %}
    ), '') as dropped_values
{%- endmacro %}

{# Whether a raw column holds something that cannot be read. #}
{% macro value_is_lost(column, kind) -%}
    ({{ read_value(column, kind) }} is null and {{ read_text(column) }} is not null)
{%- endmacro %}

{# A raw value as quarantine shows it: long enough to recognise, too short to fill a disk. #}
{% macro kept_value(column) -%}
    left({{ value_text(column) }}, 200)
{%- endmacro %}

{#
    CTEs, the last of which is `judged_rows`: the rows of `typed` with `row_verdict`. Of the sound rows with the same key one
    is staged, the others are duplicates.

    Hashes single out the few keys that may repeat, so that only their rows are sorted: at 5,000,000 rows this costs
    nearly nothing, a window over all rows triples the time.

    Args:
        key: columns of `typed` that say which thing the row is about.
        keep: `first` or `latest` loaded. The first is also the first of its load, so that a later load changes no
            verdict: a model that grows by load only looks whether the key was staged before.
        history: of a model that grows by load, all raw rows, those of earlier loads included.
#}
{% macro judged_rows(key, keep, history=none) -%}
    {%- set direction = {'first': 'asc', 'latest': 'desc'}[keep] -%}
    {%- set arrival = (['load_id'] if keep == 'first' else []) + ['loaded_at', 'row_file', 'row_number'] -%}
    {%- if is_incremental() %}
{{ staged_before(key, history) }},

    {% endif -%}
{{ repeated_keys(key) }},

repeated_rows as (
    select
        row_file,
        row_number,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by {% for column in arrival %}{{ column }} {{ direction }}{{ ', ' if not loop.last }}{% endfor %}
        ) as place
    from typed
    where problem_column is null
        and {{ key_hash(key) }} in (select key_hash from repeated_keys)
),

surplus_rows as (
    select
        row_file,
        row_number
    from repeated_rows
    where place > 1

    {% if is_incremental() -%}
    union

    select
        typed.row_file,
        typed.row_number
    from typed
    semi join staged_before
        on {% for column in key %}typed.{{ column }} = staged_before.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    where typed.problem_column is null
    {%- endif %}
),

judged_rows as (
    select
        typed.*,
        case
            when typed.problem_column is not null then 'quarantined'
            when surplus_rows.row_file is not null then 'duplicate'
            else 'staged'
        end as row_verdict
    from typed
    left join surplus_rows
        on typed.row_file = surplus_rows.row_file
            and typed.row_number = surplus_rows.row_number
)
{%- endmacro %}


{#
    CTEs, the last of which is `verdicts`: of the events of `typed`, those that are not simply staged, and those that lost a
    value. Of sound rows with the same id the first to be loaded is staged, so a later load changes no verdict.

    Few rows are told of, and only these are put in an order; all others are looked at once.

    Args:
        raw_events: all raw rows, those of earlier loads included.
#}
{% macro event_verdicts(raw_events) -%}
    {%- if is_incremental() %}
{{ staged_before(['event_id'], raw_events) }},

    {% endif -%}
{{ repeated_keys(['event_id']) }},

suspects as (
    select
        typed.*,
        {{ 'staged_before.event_id is not null' if is_incremental() else 'false' }} as was_staged_before
    from typed
    left join repeated_keys
        on {{ key_hash(['typed.event_id']) }} = repeated_keys.key_hash
    {%- if is_incremental() %}
    left join (select distinct event_id from staged_before) as staged_before
        on typed.event_id = staged_before.event_id
    {%- endif %}
    where
        repeated_keys.key_hash is not null
        or typed.problem_column is not null
        or typed.dropped_values is not null
        {{ 'or staged_before.event_id is not null' if is_incremental() }}
),

placed as (
    select
        *,
        row_number() over (
            partition by event_id, problem_column is null
            order by load_id asc, loaded_at asc, row_file asc, row_number asc
        ) as place
    from suspects
),

judged as (
    select
        *,
        case
            when problem_column is not null then 'quarantined'
            when was_staged_before or place > 1 then 'duplicate'
            else 'staged'
        end as row_verdict
    from placed
),

verdicts as (
    select
        load_id,
        loaded_at,
        row_file,
        row_number,
        event_id,
        problem_column,
        problem_reason,
        problem_value,
        dropped_values,
        row_verdict
    from judged
    where row_verdict <> 'staged' or dropped_values is not null
)
{%- endmacro %}

{# A CTE: hashes of the keys of `typed` that may be there more than once. #}
{% macro repeated_keys(key) -%}
repeated_keys as (
    select {{ key_hash(key) }} as key_hash
    from typed
    group by {{ key_hash(key) }}
    having count(*) > 1
)
{%- endmacro %}

{# CTEs of a model that grows by load, the last of which is `staged_before`: keys of `typed` of which a row was staged in an earlier run. #}
{% macro staged_before(key, history) -%}
earlier_rows as (
    select
        earlier.row_file,
        earlier.row_number,
        {{ 'earlier.' ~ key | join(', earlier.') }}
    from {{ history }} as earlier
    semi join typed
        on {% for column in key %}earlier.{{ column }} = typed.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    where earlier.{{ is_judged(model.name) }}
),

-- what was no duplicate then was staged, or was a duplicate of what was
staged_before as (
    select {{ 'earlier_rows.' ~ key | join(', earlier_rows.') }}
    from earlier_rows
    anti join (select * from {{ this }} where row_verdict = 'quarantined') as refused
        on
            earlier_rows.row_file = refused.row_file
            and earlier_rows.row_number = refused.row_number
)
{%- endmacro %}
