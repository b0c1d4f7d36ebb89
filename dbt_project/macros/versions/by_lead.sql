{#
    Models by lead: they restate only the leads for whom they can come out differently.

    A *scope* (`meta: {grows: lead_scope}`) names these leads. The models that keep to it say so
    (`meta: {leads: <scope>}`), and of them those that hold many rows a lead are restated (`grows: by_lead`). What a scope
    measures change from is remembered by a hook of the last model of its path: a run that was killed on the way leaves it
    where it was, so the next run restates the same leads again.

    `int_leads_to_profile`: of whom something else is known than when `int_profile_contributions` was last built.
    `int_leads_to_score`: those, and those whose days were counted anew, since `lead_scores` was last built. Points fade
    from day to day, so on another day than last time everybody is scored anew, as after a change of the rules.
#}

{# Whether everybody is made anew, as the scope found. #}
{% macro makes_all_leads_anew(scope) -%}
    {%- if not execute or not is_versioned() -%} {{- return(true) -}} {%- endif -%}
    {%- set noted = noted_versions().get(model_id(scope)) -%}
    {%- if noted is not none and fromjson(noted.reached).inputs != inputs_of_scope(scope) -%}
        {{- exceptions.raise_compiler_error(model.name ~ ' has parents that are newer than ' ~ scope ~ ': select +' ~ model.name) -}}
    {%- endif -%}
    {{- return(noted is none or fromjson(noted.reached).is_whole) -}}
{%- endmacro %}

{# Of a relation with a lead_id, the rows of the leads that are restated: a condition, or nothing. #}
{% macro of_leads_in(scope, keyword='where') -%}
    {%- set leads = ref(scope) -%}
    {%- if is_incremental() and not makes_all_leads_anew(scope) -%}
    {{ keyword }} lead_id in (select scope.lead_id from {{ leads }} as scope)
    {%- endif -%}
{%- endmacro %}

{# The fingerprints of all leads when they were last `profiled` or `scored`; those of now where everybody is made anew. #}
{% macro fingerprints_when(done, scope) -%}
    {%- set fingerprints = ref('int_lead_fingerprints') -%}
    {{- return(fingerprints if is_whole_scope(scope) else remembered_fingerprints(done)) -}}
{%- endmacro %}

{# The table in which a hook keeps them. #}
{% macro remembered_fingerprints(done) -%}
    {%- set fingerprints = relation_of('int_lead_fingerprints') -%}
    {{- return(fingerprints.incorporate(path={'identifier': fingerprints.identifier ~ '_' ~ done})) -}}
{%- endmacro %}

{# Where the leads stand whose days were counted anew since lead_scores was last built; all that did anything otherwise. #}
{% macro touched_leads(daily_activity) -%}
    {{- 'build_log.touched_leads' if execute and is_versioned() else daily_activity -}}
{%- endmacro %}

{# A hook of lead_activity_daily, in its transaction. A lead of no name stands for everybody. #}
{% macro remember_touched_leads() -%}
    {%- if execute and is_versioned() -%}
        {%- do run_query(
            'insert into build_log.touched_leads select '
            ~ ('null' if builds_event_path_whole() else 'distinct lead_id from ' ~ ref('int_lead_days_to_restate'))
        ) -%}
    {%- endif -%}
{%- endmacro %}

{# A hook of the last model of a path, in its transaction: what the next change is measured from. #}
{% macro remember_fingerprints(done) -%}
    {%- set fingerprints = ref('int_lead_fingerprints') -%}
    {%- if execute and is_versioned() -%}
        {%- do run_query('create or replace table ' ~ remembered_fingerprints(done) ~ ' as select * from ' ~ fingerprints) -%}
        {%- if done == 'scored' -%} {%- do run_query('delete from build_log.touched_leads') -%} {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# What a scope notes of the run: whether everybody is made anew, of what it was made, and when. #}
{% macro state_of_scope() -%}
    {{- return(tojson({
        'is_whole': is_whole_scope(model.name), 'inputs': inputs_of_scope(model.name), 'as_of': as_of_text()
    })) -}}
{%- endmacro %}

{# The versions of what a scope is made of, and the day, where points fade. #}
{% macro inputs_of_scope(scope) -%}
    {%- set node = graph.nodes[model_id(scope)] -%}
    {%- set parts = [as_of_text()[:10] if node.config.meta.fades else ''] -%}
    {%- for unique_id, noted in noted_versions(node.depends_on.nodes | sort).items() -%}
        {%- do parts.append(noted.version) -%}
    {%- endfor -%}
    {{- return(local_md5(parts | join('\n'))) -}}
{%- endmacro %}

{# Whether the scope at hand finds that everybody is to be made anew: nobody was made yet, or the rules or the day are others. #}
{% macro is_whole_scope(scope) -%}
    {%- if not execute or not is_versioned() or flags.FULL_REFRESH -%} {{- return(true) -}} {%- endif -%}
    {%- set done = 'scored' if graph.nodes[model_id(scope)].config.meta.fades else 'profiled' -%}
    {%- set remembered = remembered_fingerprints(done) -%}
    {%- if adapter.get_relation(remembered.database, remembered.schema, remembered.identifier) is none -%}
        {{- return(true) -}}
    {%- endif -%}
    {%- set noted = noted_versions() -%}
    {%- for unique_id, node in graph.nodes.items() if node.config.meta and node.config.meta.leads == scope -%}
        {%- if node.config.meta.grows == 'by_lead' and not is_under_same_policy(unique_id) -%} {{- return(true) -}} {%- endif -%}
        {%- if done == 'scored' and not is_of_this_day(noted.get(unique_id)) -%} {{- return(true) -}} {%- endif -%}
    {%- endfor -%}
    {{- return(done == 'scored' and (was_everybody_touched() or has_grades_of_later_than(noted))) -}}
{%- endmacro %}

{# Whether a model by lead was last built for the day of the run, and for no later time of it. #}
{% macro is_of_this_day(noted) -%}
    {%- if noted is none or not noted.reached.startswith('{') -%} {{- return(false) -}} {%- endif -%}
    {%- set as_of = fromjson(noted.reached).as_of -%}
    {{- return(as_of[:10] == as_of_text()[:10] and as_of <= as_of_text()) -}}
{%- endmacro %}

{# Whether lead_activity_daily was built whole since lead_scores was last built. #}
{% macro was_everybody_touched() -%}
    {{- return(run_query('select 1 from build_log.touched_leads where lead_id is null limit 1').rows | length > 0) -}}
{%- endmacro %}

{# After a replay grades are on record that its time did not know: who has them is not known to be as it was. #}
{% macro has_grades_of_later_than(noted) -%}
    {%- set scored_as_of = fromjson(noted[model_id('lead_scores')].reached).as_of -%}
    {%- set later = run_query(
        'select 1 from ' ~ relation_of('lead_grade_change_contributions')
        ~ " where changed_at > timestamp '" ~ scored_as_of ~ "' limit 1"
    ) -%}
    {{- return(later.rows | length > 0) -}}
{%- endmacro %}

{#
    Where the grades on record stand, as of before this run: with one row a change in `lead_grade_changes`, or with one a rule in
    the model at hand, from which that one is made. A run that was killed between the two left it behind.
#}
{% macro grades_on_record() -%}
    {%- set told = model_id('lead_grade_changes') -%}
    {%- set noted = noted_versions([told, model.unique_id]) if is_versioned() else {} -%}
    {%- set is_complete = noted | length == 2 and noted[told].noted_at > noted[model.unique_id].noted_at -%}
    {{- return(relation_of('lead_grade_changes') if is_complete else this) -}}
{%- endmacro %}

{# What a model by lead notes: the state of its scope, which all models above it that keep to it must share. #}
{% macro state_of_leads() -%}
    {%- set scope = model.config.meta.leads -%}
    {%- set noted = noted_versions() -%}
    {%- if model_id(scope) not in noted -%} {{- return('') -}} {%- endif -%}
    {%- set state = noted[model_id(scope)].reached -%}
    {%- for unique_id in nodes_above(model.unique_id, among='scoring') if graph.nodes[unique_id].config.meta.leads == scope -%}
        {%- set node = graph.nodes[unique_id] -%}
        {#- what is not there stands in another warehouse, to which dbt was told to defer -#}
        {%- set is_here = unique_id in noted or adapter.get_relation(node.database, node.schema, node.alias) is not none -%}
        {%- if is_here and noted.get(unique_id, {}).reached != state -%}
            {{- exceptions.raise_compiler_error(
                'the models above ' ~ model.name ~ ' are of different runs: select +' ~ model.name
            ) -}}
        {%- endif -%}
    {%- endfor -%}
    {{- return(state) -}}
{%- endmacro %}

{# Whether the model at hand names a scope of leads. #}
{% macro keeps_to_leads() -%} {{- return(model.config.meta is mapping and 'leads' in model.config.meta) -}} {%- endmacro %}

{# CTEs, the last of which is `changed_leads`: who has another fingerprint than then, came or went. #}
{% macro changed_fingerprints(then) -%}
changed_fingerprints as (
    (
        select * from fingerprints
        except
        select * from {{ then }}
    )

    union all

    (
        select * from {{ then }}
        except
        select * from fingerprints
    )
),

changed_leads as (
    select distinct lead_id from changed_fingerprints
)
{%- endmacro %}
