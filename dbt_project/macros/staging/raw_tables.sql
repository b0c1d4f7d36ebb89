{#
    Every raw table that has a base model, with the column that names its rows in quarantine.
    A data test compares the list with the sources, both ways. `verdicts` is a model that holds the rows that were not simply
    staged, where there are too many of the others to look for them.
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
        {'source': 'email', 'name': 'events', 'key': 'event_id', 'verdicts': 'base_email__event_verdicts'},
        {'source': 'web', 'name': 'events', 'key': 'event_id', 'verdicts': 'base_web__event_verdicts'},
        {'source': 'messaging', 'name': 'events', 'key': 'event_id', 'verdicts': 'base_messaging__event_verdicts'},
        {'source': 'sync', 'name': 'outcomes', 'key': 'record_id'},
        {'source': 'sync', 'name': 'runs', 'key': 'run_id'},
    ]) }}
{%- endmacro %}

{#
    The same select over the base model of every raw table, one after the other.

    Args:
        columns: columns of the base models, after `source`, `table_name` and `row_key`.
        condition: SQL after `where`.
        only_faults: whether rows that were staged as they came may be left out.
#}
{% macro rows_of_all_raw_tables(columns, condition='true', only_faults=false) -%}
    {%- for table in raw_tables() %}
    select
        '{{ table.source }}' as source,
        '{{ table.name }}' as table_name,
        {{ table.key }} as row_key,
        {{ columns | join(', ') }}
    from {{ ref(table.verdicts if only_faults and table.verdicts else 'base_' ~ table.source ~ '__' ~ table.name) }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
