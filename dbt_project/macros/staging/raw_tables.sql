{#
    Every raw table that has a base model, with the column that names its rows in quarantine.
    A data test compares the list with the sources, both ways.
#}
{% macro raw_tables() -%}
    {{ return([
        {'source': 'crm', 'name': 'leads', 'key': 'lead_id'},
        {'source': 'crm', 'name': 'contacts', 'key': 'contact_id'},
        {'source': 'crm', 'name': 'accounts', 'key': 'account_id'},
        {'source': 'crm', 'name': 'opportunities', 'key': 'opportunity_id'},
        {'source': 'crm', 'name': 'opportunity_contacts', 'key': 'opportunity_id'},
        {'source': 'crm', 'name': 'opportunity_history', 'key': 'opportunity_id'},
        {'source': 'crm', 'name': 'lead_history', 'key': 'lead_id'},
        {'source': 'crm', 'name': 'tasks', 'key': 'task_id'},
        {'source': 'crm', 'name': 'campaign_members', 'key': 'campaign_id'},
        {'source': 'crm', 'name': 'users', 'key': 'user_id'},
        {'source': 'crm', 'name': 'lead_attributes', 'key': 'lead_id'},
        {'source': 'email', 'name': 'events', 'key': 'event_id'},
        {'source': 'web', 'name': 'events', 'key': 'event_id'},
        {'source': 'messaging', 'name': 'events', 'key': 'event_id'},
        {'source': 'sync', 'name': 'outcomes', 'key': 'record_id'},
        {'source': 'sync', 'name': 'runs', 'key': 'run_id'},
    ]) }}
{%- endmacro %}

{#
    The same select over the base model of every raw table, one after the other.

    Args:
        columns: columns of the base models, after `source`, `table_name` and `row_key`.
        condition: SQL after `where`.
#}
{% macro rows_of_all_raw_tables(columns, condition='true') -%}
    {%- for table in raw_tables() %}
    select
        '{{ table.source }}' as source,
        '{{ table.name }}' as table_name,
        {{ table.key }} as row_key,
        {{ columns | join(', ') }}
    from {{ ref('base_' ~ table.source ~ '__' ~ table.name) }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
