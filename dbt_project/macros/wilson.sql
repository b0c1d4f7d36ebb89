{# One end of the Wilson score interval of a share `passed` of `entered`; side is '-' or '+'. #}
{% macro wilson(passed, entered, z, side) -%}
    cast({{ rounded(
        "(" ~ passed ~ " + " ~ z ~ " * " ~ z ~ " / 2 " ~ side ~ " " ~ z ~ " * sqrt(1.0e0 * " ~ passed ~ " * (" ~ entered ~ " - " ~ passed ~ ") / "
        ~ entered ~ " + " ~ z ~ " * " ~ z ~ " / 4)) / (" ~ entered ~ " + " ~ z ~ " * " ~ z ~ ")", 4
    ) }} as decimal(9, 4))
{%- endmacro %}
