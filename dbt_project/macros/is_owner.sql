{#
    The condition under which a row of int_identifier_owners says whose an identifier was at a moment.

    Args:
        owners: the relation of the owners.
        rows: the relation with `source` and `identifier`.
        moment: its column that says when.
#}
{% macro is_owner(owners, rows, moment) -%}
    {{ rows }}.source = {{ owners }}.source
    and {{ rows }}.identifier = {{ owners }}.identifier
    and ({{ owners }}.valid_from is null or {{ rows }}.{{ moment }} >= {{ owners }}.valid_from)
    and ({{ owners }}.valid_to is null or {{ rows }}.{{ moment }} < {{ owners }}.valid_to)
{%- endmacro %}
