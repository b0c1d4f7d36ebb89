{#
    Incremental strategy `restate`: what the scope names is deleted and the new rows are inserted, in one transaction.
    Unlike delete+insert it also deletes what has no new row.

    The model's `meta` says what: `scope`, the model that holds the keys, and `key`, the columns they share (of the new rows,
    where no scope is named); or `leads`, a scope of leads. Without either the rows are only added.
#}
{% macro get_incremental_restate_sql(arguments) -%}
    {%- set target_relation, new_rows = arguments.target_relation, arguments.temp_relation -%}
    {%- set columns = get_quoted_csv(arguments.dest_columns | map(attribute='name')) -%}
    {%- set scope = model.config.meta.scope or model.config.meta.leads -%}
    {%- set key = (model.config.meta.key or ['lead_id']) | join(', ') -%}
    {%- set scope_relation = relation_of(scope) if scope else new_rows -%}
    {%- if run_query('select 1 from ' ~ scope_relation ~ ' limit 1').rows | length == 0 -%}
        {%- do model.update({'is_still': true}) -%}
    {%- endif -%}
    {%- if scope -%} {%- do remember_restated_part(target_relation, new_rows, scope_relation, key) -%} {%- endif -%}
    {%- if scope or model.config.meta.key -%}
    delete from {{ target_relation }}
    where ({{ key }}) in (select {{ key }} from {{ scope_relation }});
    {% endif -%}
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ new_rows }}
{%- endmacro %}

{# Which part of the model at hand this run restates, for tests that need not look at more: no new row may lie outside. #}
{% macro remember_restated_part(target_relation, new_rows, scope_relation, key) -%}
    {%- set strays = 'select ' ~ key ~ ' from ' ~ new_rows ~ ' except select ' ~ key ~ ' from ' ~ scope_relation ~ ' limit 1' -%}
    {%- if run_query(strays).rows | length > 0 -%}
        {{- exceptions.raise_compiler_error(
            model.name ~ ' makes rows whose ' ~ key ~ ' ' ~ scope_relation ~ ' does not name: they would be there twice'
        ) -}}
    {%- endif -%}
    {%- do notes_of_this_run().restated.update({model.unique_id: {
        'relation': target_relation | string,
        'key': key.split(', '),
        'rows': '(select * from ' ~ target_relation ~ ' where (' ~ key ~ ') in (select ' ~ key ~ ' from ' ~ scope_relation ~ '))',
        'version_before': noted_versions()[model.unique_id].version
    }}) -%}
{%- endmacro %}

{# A hook of lead_activity_daily, in its transaction: whose each identifier was when its days were counted. #}
{% macro remember_owners() -%}
    {%- if execute and is_versioned() and (builds_event_path_whole() or not are_owners_as_counted()) -%}
        {%- do run_query(
            'create or replace table ' ~ counted_owners() ~ ' as select * from ' ~ ref('int_identifier_owners')
        ) -%}
        {%- set version = noted_versions()[model_id('int_identifier_owners')].version -%}
        {%- do insert_versions([(counted_owners().identifier, version, version, '', '')]) -%}
    {%- endif -%}
{%- endmacro %}

{% macro counted_owners() -%}
    {%- set owners = ref('int_identifier_owners') -%}
    {{- return(owners.incorporate(path={'identifier': owners.identifier ~ '_counted'})) -}}
{%- endmacro %}

{# Whether no identifier changed hands since its days were counted. #}
{% macro are_owners_as_counted() -%}
    {%- set noted = noted_versions() -%}
    {{- return(
        noted.get(counted_owners().identifier, {}).version == noted[model_id('int_identifier_owners')].version
    ) -}}
{%- endmacro %}

{#
    CTEs `owners_who_gained` and `owners_who_lost`: owners of now that were none when days were counted, and the other way
    round. None where everything is counted anew.
#}
{% macro moved_owners(owners) -%}
    {%- if builds_event_path_whole() or are_owners_as_counted() -%}
owners_who_gained as (
    select * from {{ owners }}
    where false
),

owners_who_lost as (
    select * from {{ owners }}
    where false
)
    {%- else -%}
owners_who_gained as (
    select * from {{ owners }}
    except
    select * from {{ counted_owners() }}
),

owners_who_lost as (
    select * from {{ counted_owners() }}
    except
    select * from {{ owners }}
)
    {%- endif -%}
{%- endmacro %}
