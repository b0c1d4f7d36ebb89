{#
    The states that an automaton passes through: a text with one letter for each letter of `signals`, the state after it.
    The walk starts in the state '.'; a signal that `transitions` does not know for a state leaves it.

    Args:
        signals: a text, one letter a signal.
        transitions: a text with `|`, state, signal, next state for each transition; four letters, none of them `|`.
#}
{% macro walked_states(signals, transitions) -%}
    {{ return(adapter.dispatch('walked_states', 'leadhouse')(signals, transitions)) }}
{%- endmacro %}

{% macro duckdb__walked_states(signals, transitions) -%}
    substr(list_reduce(
        string_split({{ signals }}, ''),
        lambda states, signal: states || {{ next_state(transitions, 'right(states, 1)', 'signal') }},
        '.'
    ), 2)
{%- endmacro %}

{% macro spark__walked_states(signals, transitions) -%}
    substr(aggregate(
        sequence(1, length({{ signals }})),
        '.',
        (states, place) -> concat(states, {{ next_state(transitions, 'right(states, 1)', 'substr(' ~ signals ~ ', place, 1)') }})
    ), 2)
{%- endmacro %}

{% macro next_state(transitions, state, signal) -%}
    case
        when instr({{ transitions }}, concat('|', {{ state }}, {{ signal }})) > 0
            then substr({{ transitions }}, instr({{ transitions }}, concat('|', {{ state }}, {{ signal }})) + 3, 1)
        else {{ state }}
    end
{%- endmacro %}


{# An aggregate: texts put together in an order. #}
{% macro joined_text(expression, delimiter, order_by) -%}
    {{ return(adapter.dispatch('joined_text', 'leadhouse')(expression, delimiter, order_by)) }}
{%- endmacro %}

{% macro default__joined_text(expression, delimiter, order_by) -%}
    string_agg({{ expression }}, '{{ delimiter }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined_text(expression, delimiter, order_by) -%}
    listagg({{ expression }}, '{{ delimiter }}') within group (order by {{ order_by }})
{%- endmacro %}
