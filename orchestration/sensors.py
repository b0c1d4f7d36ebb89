"""What Dagster watches by itself: runs that fail."""

from collections.abc import Sequence

import dagster as dg

from orchestration.notice import Failure, give_notice


@dg.run_failure_sensor(
    name="failure_notice", default_status=dg.DefaultSensorStatus.RUNNING, description="Tells of every failed run."
)
def failure_notice(context: dg.RunFailureSensorContext) -> None:
    """Give notice of a failed run."""
    give_notice(failure_of(context.dagster_run, context.get_step_failure_events()))


def failure_of(run: dg.DagsterRun, step_failures: Sequence[dg.DagsterEvent]) -> Failure:
    """A failed run in the words of a notice: step names and error classes only."""
    errors = (event.step_failure_data.error for event in step_failures)
    return Failure(
        job=run.job_name,
        run_id=run.run_id,
        steps=sorted({event.step_key for event in step_failures if event.step_key}),
        errors=sorted(
            {cause.cls_name for error in errors if error for cause in [error.cause or error] if cause.cls_name}
        ),
    )
