{#
    A number from 0 up to, not including, 100 that is the same for the same text on every engine: four digits of its md5.
    A share of all texts has a number below that share.
#}
{% macro hash_percent(text) -%}
    {%- set hash = dbt.hash(text) -%}
    (
        {%- for power in (4096, 256, 16, 1) %}
        ({{ dbt.position('substr(' ~ hash ~ ', ' ~ loop.index ~ ', 1)', "'0123456789abcdef'") }} - 1) * {{ power }}
        {{- ' +' if not loop.last }}
        {%- endfor %}
    ) * 100.0 / 65536
{%- endmacro %}
