{#
    What each node was last made of, so that nothing is built or checked again that would come out the same.

    The signature of a node is a hash of its SQL, its configuration and the versions of its parents. Its version is the
    signature of its last build, or, where the folder says `meta: {compare_content: true}`, a hash of its rows: a model
    that is built again with the same rows changes nothing further down. Both are noted in `build_log.versions`, in the
    transaction that builds the node, so that a killed build cannot leave a table with a version that is not its own.
#}

{# Whether the node at hand would come out as it is: same signature, and what it made still there. #}
{% macro is_unchanged() -%}
    {%- if not is_versioned() or flags.FULL_REFRESH -%} {{- return(false) -}} {%- endif -%}
    {%- set noted = noted_versions([model.unique_id]).get(model.unique_id) -%}
    {%- set relation = load_cached_relation(this) if model.resource_type in ['model', 'seed'] else this -%}
    {{- return(noted is not none and relation is not none and noted.signature == own_signature()) -}}
{%- endmacro %}

{# The signature of the node at hand, computed once while it is built. #}
{% macro own_signature() -%}
    {%- if 'signature' not in model -%}
        {#- the SQL of a model that grows depends on how far it has come: what was written decides -#}
        {%- set code = text_hash(model.unique_id) if model.config.materialized == 'incremental' else compiled_code -%}
        {%- set signature = 'part ' ~ invocation_id if holds_a_part_only() else signature_of(model.unique_id, code) -%}
        {%- do model.update({'signature': signature}) -%}
    {%- endif -%}
    {{- return(model.signature) -}}
{%- endmacro %}

{# `--empty` and `--sample` leave tables behind that must not pass for built. #}
{% macro holds_a_part_only() -%} {{- return(flags.EMPTY or flags.SAMPLE) -}} {%- endmacro %}

{#
    Args:
        unique_id: a model, seed or test.
        code: its SQL.
        noted: noted versions of all its parents, where they are at hand.
#}
{% macro signature_of(unique_id, code, noted=none) -%}
    {%- set node = graph.nodes[unique_id] -%}
    {%- set parents = node.depends_on.nodes | default([]) | sort -%}
    {%- set versions = noted_versions(parents) if noted is none else noted -%}
    {%- set config = node.config -%}
    {%- set parts = [
        dbt_version, node.resource_type, code or '', node.checksum.checksum if node.resource_type == 'seed' else '',
        config.materialized, config.column_types | default({}) | string, (config.contract | default({})) | string,
        config.where | default('') | string, config.error_if | default('') | string, config.warn_if | default('') | string,
        config.fail_calc | default('') | string
    ] -%}
    {%- if node.resource_type == 'model' -%}
        {%- do parts.append(node.columns.values() | map(attribute='data_type') | join(',')) -%}
    {%- endif -%}
    {%- for parent in parents -%}
        {%- do parts.append(parent ~ '=' ~ version_of_parent(parent, versions)) -%}
    {%- endfor -%}
    {{- return(local_md5(parts | join('\n'))) -}}
{%- endmacro %}

{# A parent that nobody noted a version of counts as changed. #}
{% macro version_of_parent(unique_id, noted) -%}
    {%- if unique_id.startswith('source.') -%} {{- return(source_version(unique_id)) -}} {%- endif -%}
    {{- return(noted[unique_id].version if unique_id in noted else invocation_id) -}}
{%- endmacro %}

{# The last load that brought a file for a raw table, and the columns of its contract; other tables may always have changed. #}
{% macro source_version(unique_id) -%}
    {%- set table = graph.sources[unique_id] -%}
    {%- if 'external_location' not in table.config.meta -%} {{- return(invocation_id) -}} {%- endif -%}
    {%- set loads = taken_loads() -%}
    {%- set last_load = loads.get(table.source_name ~ '.' ~ table.name, {}).load_id -%}
    {%- if table.source_name == 'landing' -%} {%- set last_load = loads.values() | map(attribute='load_id') | max -%} {%- endif -%}
    {%- set columns = table.columns.values() | map(attribute='name') | join(',') -%}
    {{- return(last_load | string ~ ' ' ~ local_md5(columns)) -}}
{%- endmacro %}

{# What landing had registered when this run began: all its nodes see the same loads, whatever arrives meanwhile. #}
{% macro take_loads() -%}
    {%- if is_versioned() and is_there(source('landing', 'files')) -%}
        {%- do run_query(
            'create or replace table build_log.taken_loads as'
            ~ " select concat(source, '.', table_name) as raw_table, max(load_id) as load_id,"
            ~ " count(case when status = 'changed' then 1 end) as changed"
            ~ ' from ' ~ source('landing', 'files') ~ ' group by source, table_name'
        ) -%}
    {%- endif -%}
{%- endmacro %}

{# Returns: raw table, as `source.table`, to {load_id, changed}: its last load, and how many of its files were written over. #}
{% macro taken_loads() -%} {{- return(notes_of_this_run().loads) -}} {%- endmacro %}

{# What a node must know of others, read once a run: a query for each node would be half of the time of a quiet night. #}
{% macro notes_of_this_run() -%}
    {#- the one object that all nodes of a run share -#}
    {%- if 'leadhouse_notes' not in graph -%}
        {%- set versions, loads = {}, {} -%}
        {%- for row in run_query(
            'select unique_id, max_by(signature, noted_at), max_by(version, noted_at), max_by(policy, noted_at),'
            ~ ' max_by(reached, noted_at), max(noted_at) from build_log.versions group by unique_id'
        ) -%}
            {%- do versions.update({row[0]: {
                'signature': row[1], 'version': row[2], 'policy': row[3], 'reached': row[4], 'noted_at': row[5] | string
            }}) -%}
        {%- endfor -%}
        {%- for row in run_query('select raw_table, load_id, changed from build_log.taken_loads') -%}
            {%- do loads.update({row[0]: {'load_id': row[1], 'changed': row[2] | int}}) -%}
        {%- endfor -%}
        {%- set passed = run_query('select 0 as failures, false as should_warn, false as should_error') -%}
        {%- do graph.update({'leadhouse_notes': {
            'versions': versions, 'loads': loads, 'passed': passed, 'restated': {}, 'texts': {}, 'macros': {}, 'above': {}
        }}) -%}
    {%- endif -%}
    {{- return(graph.leadhouse_notes) -}}
{%- endmacro %}

{# Notes what was built; a hook of all models and seeds, inside the transaction that builds them. #}
{% macro note_version(is_still=false) -%}
    {%- if execute and is_versioned() -%}
        {%- set meta = model.config.meta or {} -%}
        {%- set version = own_signature() -%}
        {%- if meta.compare_content -%}
            {%- set version = content_hash(this) ~ (as_of_text()[:10] if meta.fades else '') -%}
        {%- elif (is_still or model.is_still) and not holds_a_part_only() -%}
            {%- set version = noted_versions([model.unique_id])[model.unique_id].version -%}
        {%- endif -%}
        {%- set is_whole = meta.grows in ['by_load', 'event_path', 'by_lead'] and not holds_a_part_only() -%}
        {%- set policy = policy_of(model.unique_id) if is_whole else '' -%}
        {%- do insert_versions([(model.unique_id, own_signature(), version, policy, reached())]) -%}
    {%- endif -%}
{%- endmacro %}

{# Notes the tests that passed, at the end of a run. #}
{% macro note_passed_tests(results) -%}
    {%- if is_versioned() -%}
        {%- set noted = noted_versions() -%}
        {%- set rows = [] -%}
        {%- for result in results if result.node.resource_type == 'test' and result.status == 'pass' -%}
            {%- set signature = signature_of(result.node.unique_id, result.node.compiled_code, noted) -%}
            {%- do rows.append((result.node.unique_id, signature, signature, '', '')) -%}
        {%- endfor -%}
        {{- insert_versions(rows) -}}
    {%- endif -%}
{%- endmacro %}

{#
    What a test of unique rows has to look at: of a model that was restated in part, and passed the test before, that part.

    Returns:
        the SQL of the test at hand, on fewer rows; none where it has to look at all.
#}
{% macro test_of_restated_part() -%}
    {%- set part = notes_of_this_run().restated.get(model.attached_node) if is_versioned() else none -%}
    {%- if part is none or model.test_metadata.name != 'unique_combination' or should_store_failures() -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set before = dict(noted_versions()) -%}
    {%- do before.update({model.attached_node: {'version': part.version_before}}) -%}
    {%- set passed = noted_versions().get(model.unique_id, {}).signature -%}
    {%- set other_columns = part.key | reject('in', model.test_metadata.kwargs.columns) | list -%}
    {%- if other_columns or passed != signature_of(model.unique_id, compiled_code, before) -%} {{- return(none) -}} {%- endif -%}
    {{- return(compiled_code | replace(part.relation, part.rows)) -}}
{%- endmacro %}

{% macro insert_versions(rows) -%}
    {%- set noted_at = modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S.%f') -%}
    {%- for chunk in rows | batch(500) -%}
        {%- set tuples = [] -%}
        {%- for values in chunk -%}
            {%- do tuples.append("('" ~ values | join("', '") ~ "', timestamp '" ~ noted_at ~ "')") -%}
        {%- endfor -%}
        {%- do run_query('insert into build_log.versions values ' ~ tuples | join(', ')) -%}
    {%- endfor -%}
    {%- set versions = notes_of_this_run().versions -%}
    {%- for unique_id, signature, version, policy, reached in rows -%}
        {%- do versions.update({
            unique_id: {
                'signature': signature, 'version': version, 'policy': policy, 'reached': reached, 'noted_at': noted_at
            }
        }) -%}
    {%- endfor -%}
{%- endmacro %}

{#
    Args:
        unique_ids: the nodes that are asked for; all when left out.

    Returns:
        unique_id to {signature, version, policy, reached, noted_at} of the last note; policy and reached are of models that
        grow (growth.sql).
#}
{% macro noted_versions(unique_ids=none) -%}
    {%- set versions = notes_of_this_run().versions -%}
    {%- if unique_ids is none -%} {{- return(versions) -}} {%- endif -%}
    {%- set found = {} -%}
    {%- for unique_id in unique_ids if unique_id in versions -%}
        {%- do found.update({unique_id: versions[unique_id]}) -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro %}

{% macro create_versions() -%}
    {%- if is_versioned() -%}
        {%- do run_query(
            'create table if not exists build_log.versions (unique_id varchar, signature varchar, version varchar,'
            ~ ' policy varchar, reached varchar, noted_at timestamp)'
        ) -%}
        {%- do run_query(
            'create table if not exists build_log.taken_loads (raw_table varchar, load_id varchar, changed bigint)'
        ) -%}
        {%- do run_query('create table if not exists build_log.touched_leads (lead_id varchar)') -%}
    {%- endif -%}
{%- endmacro %}

{# Versions are kept where a table and its note can be written in one transaction. #}
{% macro is_versioned() -%}
    {{- return(target.type == 'duckdb' and is_logged_build()) -}}
{%- endmacro %}
