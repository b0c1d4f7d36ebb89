"""What stands around the warehouse, as assets: what arrives before it, what is published and sent after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any

import dagster as dg

from orchestration.extract.configured import extract_configured, hand_over_extracted
from orchestration.gate import Unsound
from orchestration.landing import register
from orchestration.landing.load import OnProgress
from orchestration.locks import say_to_stdout, warehouse_writer
from orchestration.odoo import OdooLogInError
from orchestration.progress import Progress
from orchestration.publish import marts, publish
from orchestration.resources import READY_DBT
from orchestration.reverse_sync.differences import BadDifference, sync_model
from orchestration.reverse_sync.lists import list_nodes, write_lists
from orchestration.reverse_sync.policy import BadPolicy
from orchestration.reverse_sync.protocol import NeedsMending
from orchestration.reverse_sync.push import TooMuchChanged, push
from orchestration.turn import Turn
from orchestration.warehouse import FRESHNESS, HOME, MANIFEST, STALE_AFTER, TRANSLATOR

# What passes by itself: a full disk that is being cleared, a CRM that is being restarted.
PATIENCE = dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
NOTHING_NEW = "nothing new"
"""In the place of the id of a load that found nothing."""
_SOURCES = {
    (source["source_name"], source["name"]): dg.AssetSpec(
        TRANSLATOR.get_asset_key(source),
        group_name="landing",
        description=source["description"],
        kinds={"parquet"},
    )
    for source in MANIFEST["sources"].values()
}


def _key_of(unique_id: str) -> dg.AssetKey:
    return TRANSLATOR.get_asset_key(MANIFEST["nodes"][unique_id])


@contextmanager
def _no_retry_of(*refusals: type[Exception]) -> Iterator[None]:
    """A refusal stays one, however often it is asked."""
    try:
        yield
    except refusals as refusal:
        raise dg.Failure(str(refusal), allow_retries=False) from refusal


class Landing(dg.Config):
    """How a run takes in what has arrived.

    Attributes:
        from_crm: whether the CRM is asked for what is new there.
    """

    from_crm: bool = True


@dg.multi_asset(name="landing", specs=list(_SOURCES.values()), retry_policy=PATIENCE)
def landing(config: Landing, turn: dg.ResourceParam[Turn]) -> Iterator[Any]:
    """Extract from the CRM, then register what has arrived: each raw table and how many rows came in with this load."""
    READY_DBT.get_ready(HOME)
    if config.from_crm:
        with _no_retry_of(OdooLogInError):
            extract_configured(HOME, say_to_stdout)
    with turn.kept("landing"), warehouse_writer(HOME, "landing"):
        if config.from_crm:
            hand_over_extracted(HOME, say_to_stdout)
        report = register(HOME, on_progress=_show(Progress("landing")), say=say_to_stdout)
    loads = {(load.source, load.table): load for load in report.tables()}
    for key, spec in _SOURCES.items():
        load = loads.get(key)
        yield dg.MaterializeResult(
            asset_key=spec.key,
            metadata={
                "new_rows": load.rows if load else 0,
                "new_files": load.files if load else 0,
                "rejected_rows": load.rejected if load else 0,
                "files_not_accepted": sum((file.source, file.table_name) == key for file in report.problems),
                "load_id": report.load_id or NOTHING_NEW,
            },
        )


def _show(progress: Progress) -> OnProgress:
    # Names of files come from outside: they may hold anything, line breaks too.
    return lambda load: progress.show(load.done, load.total, ascii(load.landing_path)[1:-1])


@dg.asset(
    deps=[_key_of(unique_id) for unique_id in marts(MANIFEST).values()],
    check_specs=[
        dg.AssetCheckSpec(
            "as_of_is_recent", asset="published_marts", description="The clock of the build is not an old one."
        )
    ],
    group_name="published",
    kinds={"duckdb", "parquet"},
    freshness_policy=FRESHNESS,
    retry_policy=PATIENCE,
)
def published_marts(turn: dg.ResourceParam[Turn]) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """All marts of one build, as BI tools read them: a DuckDB file and Parquet, swapped in whole."""
    with _no_retry_of(Unsound), turn.kept("publishing"):
        published = publish(HOME, MANIFEST, Progress("publish").show, on_read=turn.let_go)
    age = published.published_at - published.build.as_of
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(published.rows.values()),
            "marts": len(published.rows),
            "rows_by_mart": dg.MetadataValue.json(dict(published.rows)),
            "as_of": dg.MetadataValue.timestamp(published.build.as_of.replace(tzinfo=UTC)),
            "build_id": published.build.build_id,
            "bytes": published.bytes,
            "file": dg.MetadataValue.path(str(published.file)),
            "parquet": dg.MetadataValue.path(str(published.parquet)),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name="as_of_is_recent",
                passed=age < STALE_AFTER,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"age_in_hours": age.total_seconds() / 3600},
            )
        ],
    )


@dg.asset(
    deps=[_key_of(sync_model(MANIFEST)), published_marts],
    check_specs=[
        dg.AssetCheckSpec(
            "every_record_accepted", asset="crm_grades", description="The CRM took every record that was sent."
        )
    ],
    group_name="crm",
    retry_policy=PATIENCE,
)
def crm_grades(turn: dg.ResourceParam[Turn]) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The grades as the CRM holds them: what differs is sent, and the outcome of each record is kept."""
    with _no_retry_of(Unsound, BadDifference, BadPolicy, TooMuchChanged, NeedsMending):
        report = push(HOME, MANIFEST, on_progress=Progress("sync").show, on_read=turn.let_go)
    say_to_stdout(report.sentence())
    return dg.MaterializeResult(
        metadata={
            "summary": report.sentence(),
            "run_id": report.run_id,
            "destination": report.destination,
            "records_differing": report.records,
            "records_sent": report.sent,
            "accepted": report.accepted,
            "failed": report.failed,
            "outcomes": dg.MetadataValue.json(dict(report.outcomes)),
            "resting": dg.MetadataValue.json(dict(report.resting)),
            "withheld": dg.MetadataValue.json(dict(report.withheld)),
            "not_sent": report.unsent,
            "stopped": report.stopped or "no",
            "calls": report.calls,
            "recovered": report.recovered,
            "completion_ratio": report.completion,
            "problems": dg.MetadataValue.json(dict(report.problems)),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name="every_record_accepted",
                passed=report.is_complete,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"failed": report.failed, "stopped": report.stopped or "no"},
            )
        ],
    )


@dg.asset(
    deps=[_key_of(node) for node in list_nodes(MANIFEST)],
    group_name="lists",
    retry_policy=PATIENCE,
    # Before publishing, which ends the turn.
    op_tags={"dagster/priority": "1"},
)
def contact_lists(turn: dg.ResourceParam[Turn]) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What the tools that mail, message and call do next, as files in the outbox."""
    with _no_retry_of(Unsound, BadDifference), turn.kept("writing the contact lists"):
        steps = write_lists(HOME, MANIFEST)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": sum(steps.values()), "lists": dg.MetadataValue.json(steps)}
    )
