{# The version of a record that was valid at the as-of time, of a record that existed by then. #}
{% macro valid_at_as_of(relation) -%}
    {%- set moment = last_moment(relation, ['valid_from', 'valid_to']) -%}
    valid_from <= {{ moment }}
    and (valid_to is null or valid_to > {{ moment }})
{%- endmacro %}

{# What a lead and a contact have in common, in the order of int_crm_records. #}
{% macro crm_record_columns(relation='') -%}
    {%- set columns = [
        'created_at', 'updated_at', 'valid_from', 'email', 'first_name', 'last_name', 'phone', 'title', 'lead_source',
        'campaign_id', 'status', 'owner_id', 'is_opted_out', 'is_erased', 'master_record_id', 'is_deleted'
    ] -%}
    {%- for column in columns %}
        {{ relation ~ '.' if relation }}{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
