"""A Spark cluster for all tests of this folder: one of this machine, or the one that LEADHOUSE_SPARK_PORT names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from orchestration.engines.thrift import Thrift
from orchestration.home import CHECKOUT
from scale_out.cluster import Cluster, Size, running_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Master, two workers and a thrift server, from nothing; logs stay in `var/spark/test/logs`."""
    if find_spec("pyspark") is None:
        pytest.skip("[may skip] Spark is not in this environment: `make spark-test` has its own")
    with running_cluster(
        CHECKOUT / "var" / "spark" / "test", Size(workers=2, is_short_lived=True), afresh=True
    ) as running:
        yield running


@pytest.fixture(scope="session")
def thrift(request: pytest.FixtureRequest) -> Thrift:
    """Where SQL goes."""
    if "LEADHOUSE_SPARK_PORT" in os.environ:
        return Thrift.from_environment()
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.thrift
