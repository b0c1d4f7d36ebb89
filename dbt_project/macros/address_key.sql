{#
    What tells whether two addresses are the same: of telephone numbers, which everybody writes in another way, the last
    digits; of others the text in lower case.
#}
{% macro address_key(address, compared_digits) -%}
    coalesce(
        nullif(right({{ digits_of(address) }}, {{ compared_digits }}), ''),
        {{ lower_case(trim_blanks(address)) }}
    )
{%- endmacro %}
