{# The fields of a lead that profile rules can ask for, under their own names. #}
{% macro lead_fields() -%}
    {{- return([
        'email', 'phone', 'company', 'website', 'title', 'industry', 'annual_revenue', 'employee_count', 'country', 'region',
        'lead_source', 'campaign_id', 'status'
    ]) -}}
{%- endmacro %}
