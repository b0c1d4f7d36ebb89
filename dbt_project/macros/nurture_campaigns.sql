{#
    How a tool that carries out the plan names what it sends, as campaign_id: `nurture/<program>/<step>/<content>`. What it
    reports can then be read back without a table of campaigns.
#}
{% macro nurture_campaign_prefix() -%} nurture/ {%- endmacro %}

{% macro nurture_campaign(program, step, content) -%}
    {{ dbt.concat(["'" ~ nurture_campaign_prefix() ~ "'", program, "'/'", 'cast(' ~ step ~ ' as string)', "'/'", "coalesce(" ~ content ~ ", '')"]) }}
{%- endmacro %}

{# One part of such a campaign_id: program, step or content; null for campaigns of others. #}
{% macro nurture_campaign_part(campaign_id, part) -%}
    {%- set place = {'program': 2, 'step': 3, 'content': 4}[part] -%}
    case
        when {{ campaign_id }} like '{{ nurture_campaign_prefix() }}%'
            then nullif({{ dbt.split_part(campaign_id, "'/'", place) }}, '')
    end
{%- endmacro %}

{# In a model that grows by load: whether it does not hold the load of a row of one of its sources yet. #}
{% macro is_not_held_yet(source_name) -%}
    {%- if is_incremental() -%}
        load_id > '{{ run_query("select max(load_id) from " ~ this ~ " where source = '" ~ source_name ~ "'").columns[0].values()[0] or '' }}'
    {%- else -%}
        load_id is not null
    {%- endif -%}
{%- endmacro %}
