{#
    Models that grow: they keep what they made of earlier loads, and add or restate only what new events touch.

    There are three kinds, told apart by their folder. The verdicts on raw events (`meta: {grows: by_load}`) are appended for
    the loads that were not judged yet. The models of the event path (`meta: {grows: event_path}`) restate what the new events
    touch; `int_new_events` says which these are, measured from how far `lead_activity_daily`, the last of them, has
    come. A run that was killed on the way leaves that mark where it was, so the next run goes over the same ground.
    Models by lead (`by_lead.sql`) restate the leads that are touched.

    All of them are built whole when what they judge events by has changed (a seed, or the text of a model), and the
    event path also when the clock goes back: a past day knows nothing of later events.
#}

{# dbt asks this before it decides whether a model is incremental. #}
{% macro should_full_refresh() -%}
    {%- set grows = model.config.meta.grows if execute and model.config.meta else none -%}
    {%- if grows == 'by_load' -%}
        {{- return(flags.FULL_REFRESH or not is_versioned() or not is_under_same_policy(model.unique_id)) -}}
    {%- elif grows == 'event_path' -%}
        {{- return(builds_event_path_whole()) -}}
    {%- elif grows == 'by_lead' -%}
        {{- return(makes_all_leads_anew(model.config.meta.leads) or not is_under_same_policy(model.unique_id)) -}}
    {%- elif model.resource_type == 'seed' and execute -%}
        {{- return(flags.FULL_REFRESH or has_other_columns_than_its_file()) -}}
    {%- endif -%}
    {{- return(dbt.should_full_refresh()) -}}
{%- endmacro %}

{# Whether the seed at hand has a column more or less than its table: dbt would load the new file into the old columns. #}
{% macro has_other_columns_than_its_file() -%}
    {%- set relation = load_cached_relation(this) -%}
    {%- if relation is none -%} {{- return(false) -}} {%- endif -%}
    {%- set held = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list -%}
    {{- return(held != load_agate_table().column_names | map('lower') | list) -}}
{%- endmacro %}

{# What int_new_events decided for the whole event path; a single model cannot decide otherwise. #}
{% macro builds_event_path_whole() -%}
    {%- if not execute or not is_versioned() -%} {{- return(true) -}} {%- endif -%}
    {%- set noted = noted_versions([model_id('int_new_events')]).get(model_id('int_new_events')) -%}
    {%- set is_whole = noted is none or fromjson(noted.reached).is_whole -%}
    {%- if not is_whole and model.config.materialized == 'incremental' and not is_under_same_policy(model.unique_id) -%}
        {{- exceptions.raise_compiler_error(
            model.name ~ ' has to be built whole, with all of the event path: select +lead_activity_daily'
        ) -}}
    {%- endif -%}
    {{- return(is_whole) -}}
{%- endmacro %}

{#
    After the import of the events that a scope looks through: those about as old as the events of another model, so that files
    and row groups of other times are not read. Where everything is built whole, none.

    Args:
        others: a model with the column occurred_at.
        margin: a seed; its largest threshold_seconds is added on both sides.
        whole_days: whether all of the first and of the last day is meant.
#}
{% macro where_between(others, margin=none, whole_days=false) -%}
    {%- if builds_event_path_whole() -%} {{- return('where false') -}} {%- endif -%}
    {%- set times = run_query('select min(occurred_at), max(occurred_at) from ' ~ others).rows[0] -%}
    {%- if times[0] is none -%} {{- return('where false') -}} {%- endif -%}
    {%- set seconds = run_query('select max(threshold_seconds) from ' ~ margin).rows[0][0] if margin else 0 -%}
    {#- datediff counts seconds that began: two times may be nearly one second further apart -#}
    {%- set room = modules.datetime.timedelta(seconds=(seconds or 0) | int + 1) -%}
    {%- set first, last = times[0] - room, times[1] + room -%}
    {%- if whole_days -%}
        {%- set first, last = first.strftime('%Y-%m-%d 00:00:00'), last.strftime('%Y-%m-%d 23:59:59.999999') -%}
    {%- endif -%}
    {{- return("where occurred_at between timestamp '" ~ first ~ "' and timestamp '" ~ last ~ "'") -}}
{%- endmacro %}

{# The relation that a model of the event path reads: everything, or what has to be restated. #}
{% macro events_to_take(whole, restated) -%}
    {#- both are named, so that dbt knows both for parents -#}
    {%- set whole_relation = ref(whole) -%}
    {%- set restated_relation = ref(restated) -%}
    {{- return(whole_relation if builds_event_path_whole() else restated_relation) -}}
{%- endmacro %}

{# Whether a model is there, and was last built with the same seeds and SQL above it. #}
{% macro is_under_same_policy(unique_id) -%}
    {%- set node = graph.nodes[unique_id] -%}
    {%- set noted = noted_versions([unique_id]).get(unique_id) -%}
    {{- return(
        noted is not none
        and noted.policy == policy_of(unique_id)
        and adapter.get_relation(node.database, node.schema, node.alias) is not none
    ) -}}
{%- endmacro %}

{# A hash of the seeds, the SQL and the macros that a growing model judges events by: its own, and those of all above it. #}
{% macro policy_of(unique_id) -%}
    {%- set grows = graph.nodes[unique_id].config.meta.grows -%}
    {%- set root = model_id('int_identifier_activities') if grows == 'event_path' else unique_id -%}
    {%- set found = [root] + nodes_above(root, among='scoring' if grows == 'by_lead' else none) -%}
    {%- set versions = noted_versions() -%}
    {#- a raw file that was written over in place has other rows than those that were judged and counted -#}
    {%- set parts = [dbt_version, text_hash(unique_id), taken_loads().values() | map(attribute='changed') | sum] -%}
    {%- for name in found | sort -%}
        {%- do parts.append(versions[name].version if name.startswith('seed.') and name in versions else text_hash(name)) -%}
    {%- endfor -%}
    {{- return(local_md5(parts | join('\n'))) -}}
{%- endmacro %}

{# A hash of what a node is made of before any of it is rendered: its file and its macros; made once a run. #}
{% macro text_hash(unique_id) -%}
    {%- set known = notes_of_this_run().texts -%}
    {%- if unique_id not in known -%}
        {%- set node = graph.nodes[unique_id] -%}
        {%- do known.update({unique_id: node.checksum.checksum ~ macros_hash(node.depends_on.macros | default([]))}) -%}
    {%- endif -%}
    {{- return(known[unique_id]) -}}
{%- endmacro %}

{# A hash of the named macros of the project, and of all that they call; other packages change with their version. #}
{% macro macros_hash(unique_ids) -%}
    {%- set known = notes_of_this_run().macros -%}
    {%- set parts = [] -%}
    {#- what notes a build makes no rows of it -#}
    {%- for name in names_of_own_macros(unique_ids) | sort if name != 'note_version' -%}
        {#- kept when it is whole: other threads ask for it at the same time -#}
        {%- if name not in known -%} {%- do known.update({name: local_md5(text_with_all_called(name))}) -%} {%- endif -%}
        {%- do parts.append(known[name]) -%}
    {%- endfor -%}
    {{- return(parts | join) -}}
{%- endmacro %}

{# The text of a macro and of all that it calls, directly or not, in the order of their names. #}
{% macro text_with_all_called(name) -%}
    {%- set texts, waiting = {}, [name] -%}
    {#- Jinja has no while -#}
    {%- for ignored in range(1000) if waiting -%}
        {%- set called = waiting.pop() -%}
        {%- if called not in texts -%}
            {%- set macro = context[called].macro -%}
            {%- do texts.update({called: macro.macro_sql}) -%}
            {%- do waiting.extend(names_of_own_macros(macro.depends_on.macros)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(texts | dictsort | map('last') | join('\n')) -}}
{%- endmacro %}

{% macro names_of_own_macros(unique_ids) -%}
    {%- set names = [] -%}
    {%- for unique_id in unique_ids if unique_id.startswith('macro.' ~ project_name ~ '.') -%}
        {%- do names.append(unique_id.split('.')[2]) -%}
    {%- endfor -%}
    {{- return(names) -}}
{%- endmacro %}

{#
    The models and seeds above a node, looked for once a run.

    Args:
        among: a folder: nobody asks what is above models outside of it.
#}
{% macro nodes_above(unique_id, among=none) -%}
    {%- set known, asked = notes_of_this_run().above, unique_id ~ ' ' ~ (among or '') -%}
    {%- if asked not in known -%}
        {%- set found, waiting = [], graph.nodes[unique_id].depends_on.nodes | list -%}
        {#- Jinja has no while: more rounds than there are edges, each of which takes one node -#}
        {%- for ignored in range(1000) if waiting -%}
            {%- set node = graph.nodes.get(waiting.pop()) -%}
            {%- if node is not none and node.unique_id not in found
                and (among is none or node.resource_type == 'seed' or among in node.fqn) -%}
                {%- do found.append(node.unique_id) -%}
                {%- do waiting.extend(node.depends_on.nodes | default([])) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do known.update({asked: found}) -%}
    {%- endif -%}
    {{- return(known[asked]) -}}
{%- endmacro %}

{% macro model_id(name) -%} {{- return('model.' ~ project_name ~ '.' ~ name) -}} {%- endmacro %}

{# Where a model stands, for code that reads it without being made of it. #}
{% macro relation_of(name) -%}
    {%- set node = graph.nodes[model_id(name)] -%}
    {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -}}
{%- endmacro %}

{# Of the raw rows of its table, those of loads that the model at hand has to judge. #}
{% macro is_to_judge() -%}
    {%- if not execute or not is_versioned() -%} {{- return('load_id is not null') -}} {%- endif -%}
    {%- set condition = "load_id <= '" ~ last_taken_load() ~ "'" -%}
    {%- if is_incremental() -%}
        {%- set condition = condition ~ " and load_id > '" ~ noted_versions([model.unique_id])[model.unique_id].reached ~ "'" -%}
    {%- endif -%}
    {{- return(condition) -}}
{%- endmacro %}

{# The last load of the raw table of the model at hand, as text; '' for none. #}
{% macro last_taken_load() -%}
    {{- return(taken_loads().get(model.config.meta.raw_table, {}).load_id or '') -}}
{%- endmacro %}

{# Of the raw rows of a table, those of loads that were judged in the named model of verdicts. #}
{% macro is_judged(verdicts) -%}
    {%- if not execute or not is_versioned() -%} {{- return('load_id is not null') -}} {%- endif -%}
    {%- set noted = noted_versions([model_id(verdicts)]).get(model_id(verdicts), {}) -%}
    {{- return("load_id <= '" ~ (noted.reached or '') ~ "'") -}}
{%- endmacro %}

{#
    The body of int_new_events: what lead_activity_daily has not counted yet; nothing where it must be built whole.
    One select for each reason, each from the view itself, so that each reads only the files and row groups that can hold
    such rows.
#}
{% macro events_not_counted_yet(events) -%}
    {%- set counted = events_counted_so_far() if execute and is_versioned() else none -%}
    {%- if counted is none -%}
    select * from {{ events }}
    where false
    {%- else -%}
    select * from {{ events }}
    where {{ is_of_loads(counted.loads, '>') }}

    union all

    select * from {{ events }}
    where
        occurred_at > timestamp '{{ counted.as_of }}'
        and ({{ is_of_loads(counted.loads, '<=') }})
    {%- endif -%}
{%- endmacro %}

{# Whether an event came with a load of its source after (`>`) or up to (`<=`) the one that is given for it. #}
{% macro is_of_loads(loads, comparison) -%}
    {%- for source_name in event_sources() -%}
        (source = '{{ source_name }}' and load_id {{ comparison }} '{{ loads[source_name] }}') {{- ' or ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro event_sources() -%} {{- return(['email', 'messaging', 'web']) -}} {%- endmacro %}

{# How far lead_activity_daily has come; none where the event path has to be built whole. #}
{% macro events_counted_so_far() -%}
    {%- set noted = noted_versions() -%}
    {%- if flags.FULL_REFRESH -%} {{- return(none) -}} {%- endif -%}
    {%- for unique_id, node in graph.nodes.items() if node.config.meta and node.config.meta.grows == 'event_path' -%}
        {%- if not is_under_same_policy(unique_id) or fromjson(noted[unique_id].reached).as_of > as_of_text() -%}
            {{- return(none) -}}
        {%- endif -%}
    {%- endfor -%}
    {{- return(fromjson(noted[model_id('lead_activity_daily')].reached)) -}}
{%- endmacro %}

{# What is noted of how far the node at hand has come, as text. #}
{% macro reached() -%}
    {%- set grows = model.config.meta.grows if model.config.meta else none -%}
    {%- if grows == 'by_load' -%}
        {{- return(last_taken_load()) -}}
    {%- elif grows == 'with_verdicts' -%}
        {%- set verdicts = noted_versions(model.depends_on.nodes) -%}
        {{- return(verdicts.values() | map(attribute='reached') | max) -}}
    {%- elif grows == 'mark' -%}
        {%- set loads = {} -%}
        {%- set noted = noted_versions() -%}
        {%- for source_name in event_sources() -%}
            {%- do loads.update({source_name: noted[model_id('base_' ~ source_name ~ '__events')].reached}) -%}
        {%- endfor -%}
        {{- return(tojson({'as_of': as_of_text(), 'loads': loads, 'is_whole': events_counted_so_far() is none})) -}}
    {%- elif grows in ['event_path', 'scope'] -%}
        {%- set marks = [] -%}
        {%- for unique_id, noted in noted_versions(model.depends_on.nodes).items() if noted.reached.startswith('{') -%}
            {%- do marks.append(noted.reached) -%}
        {%- endfor -%}
        {%- if marks | unique | list | length > 1 -%}
            {{- exceptions.raise_compiler_error(
                'the models above ' ~ model.name ~ ' are of different runs: select +' ~ model.name
            ) -}}
        {%- endif -%}
        {{- return(marks | first) -}}
    {%- elif grows == 'lead_scope' -%}
        {{- return(state_of_scope()) -}}
    {%- elif keeps_to_leads() -%}
        {{- return(state_of_leads()) -}}
    {%- endif -%}
    {{- return('') -}}
{%- endmacro %}

{# After the last `select` of a growing model that holds each distinct value once: leave out what it has. #}
{% macro not_yet_in_this(relation, column) -%}
    {% if is_incremental() -%}
        anti join {{ this }} as present
        on {{ relation }}.{{ column }} = present.{{ column }}
    {%- endif %}
{%- endmacro %}
