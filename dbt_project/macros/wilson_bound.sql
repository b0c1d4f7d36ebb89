{#
    One end of Wilson's interval for a share, from 0 to 1; null without trials.

    Args:
        hits, trials: counts.
        z: how many standard deviations wide; 1.96 is 95 %.
        end: `lower` or `upper`.
#}
{% macro wilson_bound(hits, trials, z, end) -%}
    {%- set n, p, z = 'cast(' ~ trials ~ ' as double)', '(cast(' ~ hits ~ ' as double) / ' ~ trials ~ ')', 'cast(' ~ z ~ ' as double)' -%}
    case
        when {{ trials }} > 0 then cast({{ rounded(
            '(' ~ p ~ ' + ' ~ z ~ ' * ' ~ z ~ ' / (2 * ' ~ n ~ ') ' ~ {'lower': '-', 'upper': '+'}[end] ~ ' ' ~ z
            ~ ' * sqrt(' ~ p ~ ' * (1 - ' ~ p ~ ') / ' ~ n ~ ' + ' ~ z ~ ' * ' ~ z ~ ' / (4 * ' ~ n ~ ' * ' ~ n ~ ')))'
            ~ ' / (1 + ' ~ z ~ ' * ' ~ z ~ ' / ' ~ n ~ ')', 4
        ) }} as decimal(9, 4))
    end
{%- endmacro %}
