-- A policy of zero tries sends nothing, one without a share to stop at never stops.
select *
from {{ ref('sync_policies') }}
where
    coalesce(tries_in_a_run, 0) < 1
    or coalesce(failures_in_a_row, 0) < 1
    or coalesce(attempts, 0) < tries_in_a_run
    or coalesce(first_pause_seconds, -1) < 0
    or coalesce(longest_pause_seconds, -1) < first_pause_seconds
    or coalesce(retry_minutes, -1) < 0
    or coalesce(longest_retry_hours, -1) < 0
    or coalesce(rejected_rest_hours, -1) < 0
    or coalesce(quota_percent, -1) not between 0 and 100
    or coalesce(stop_changed_percent, -1) not between 0 and 100
    or coalesce(stop_rejected_percent, -1) not between 0 and 100
    or coalesce(stop_from_records, -1) < 0
    or quota_reset_zone is null
    or coalesce(alert_rejected_percent, -1) < 0
    or coalesce(alert_deviation_points, -1) < 0
    or coalesce(alert_unsent_hours, -1) < 0
    or coalesce(alert_quota_percent, -1) < 0
