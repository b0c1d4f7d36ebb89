"""A Spark cluster on this machine: a master, workers and a thrift server, each a process, all on 127.0.0.1."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from orchestration.engines.thrift import Thrift, ThriftError

LOOPBACK = "127.0.0.1"
READY_WITHIN_SECONDS = 600
STOPPED_WITHIN_SECONDS = 20

MASTER_ADDRESS = re.compile(r"Starting Spark master at (spark://127\.0\.0\.1:\d+)")
MASTER_PAGE = re.compile(r"MasterWebUI to 127\.0\.0\.1, and started at (http://127\.0\.0\.1:\d+)")
REGISTERED = re.compile(r"Successfully registered with master")
DRIVER_PAGE_PORT = re.compile(r"service 'SparkUI' on port (\d+)")
THRIFT_PORT = re.compile(r"ThriftBinaryCLIService on port (\d+)")


class ClusterError(RuntimeError):
    """The cluster cannot be started; says which part, why, and where its log is."""


@dataclass(frozen=True)
class Size:
    """How large a cluster is.

    Attributes:
        workers: worker processes.
        cores: cores of each worker.
        memory_mb: memory of the executor on each worker, and of the thrift server.
        is_short_lived: Java compiles quickly rather than well: cheaper for minutes of work, slower for hours.
    """

    workers: int = 2
    cores: int = 1
    memory_mb: int = 2048
    is_short_lived: bool = False

    @property
    def java_options(self) -> str:
        """Options of the driver's and the executors' Java."""
        # the quick compiler alone is given 48 MB for code, which a driver fills and empties all the time
        quick = " -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"
        return "-Duser.timezone=UTC" + (quick if self.is_short_lived else "")


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    Attributes:
        thrift: where SQL goes.
        master_page: address of the master's page.
        driver_page: address of the driver's page and of its REST interface (`/api/v1`).
        event_log: folder in which Spark notes each job, stage and task.
    """

    thrift: Thrift
    master_page: str
    driver_page: str
    event_log: Path


@contextmanager
def running_cluster(folder: Path, size: Size, afresh: bool = False) -> Iterator[Cluster]:
    """A cluster for as long as the context lasts; its processes end with it, however it ends.

    Args:
        folder: holds logs, the catalog and the tables; what an earlier cluster left there is used again.
        size: how large it is.
        afresh: whether to empty the folder first.

    Raises:
        ClusterError: when Java or Spark is missing, or when a part does not come up.
    """
    spark = _spark_home()
    if afresh:
        shutil.rmtree(folder, ignore_errors=True)
    for name in ("logs", "work", "events", "scratch"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    parts: list[_Part] = []
    # terminated, a process would leave its cluster behind; interrupted, it stops it
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield _start(spark, folder, size, parts)
    finally:
        for part in reversed(parts):
            part.stop()
        signal.signal(signal.SIGTERM, before)


def _start(spark: Path, folder: Path, size: Size, parts: list[_Part]) -> Cluster:
    def start(name: str, arguments: list[str], environment: Mapping[str, str] | None = None) -> _Part:
        part = _Part(name, arguments, folder, _environment(spark, folder) | dict(environment or {}))
        parts.append(part)
        return part

    spark_class = str(spark / "bin" / "spark-class")
    master = start(
        "master",
        [spark_class, "org.apache.spark.deploy.master.Master", "--host", LOOPBACK, "--port", "0", "--webui-port", "0"],
    )
    address = master.says(MASTER_ADDRESS)
    master_page = master.says(MASTER_PAGE)
    workers = [
        start(
            f"worker-{number}",
            [
                *(spark_class, "org.apache.spark.deploy.worker.Worker", "--host", LOOPBACK, "--port", "0"),
                *("--webui-port", "0", "--cores", str(size.cores), "--memory", f"{size.memory_mb}M"),
                *("--work-dir", str(folder / "work"), address),
            ],
        )
        for number in range(1, size.workers + 1)
    ]
    server = start(
        "thrift-server",
        [
            *(
                str(spark / "bin" / "spark-submit"),
                "--class",
                "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2",
            ),
            *("--master", address, "--name", "leadhouse"),
            *(word for name, value in _settings(folder, size).items() for word in ("--conf", f"{name}={value}")),
            "spark-internal",
            *("--hiveconf", f"hive.server2.thrift.bind.host={LOOPBACK}", "--hiveconf", "hive.server2.thrift.port=0"),
            *("--hiveconf", f"hive.exec.scratchdir={folder / 'scratch'}"),
        ],
        # to a thrift server spark-submit gives this, and not what --driver-memory asks for
        {"SPARK_DAEMON_MEMORY": f"{size.memory_mb}m"},
    )
    for worker in workers:
        worker.says(REGISTERED)
    driver_page = f"http://{LOOPBACK}:{server.says(DRIVER_PAGE_PORT)}"
    thrift = Thrift(LOOPBACK, int(server.says(THRIFT_PORT)))
    _wait_for_answers(thrift, server)
    return Cluster(thrift, master_page, driver_page, folder / "events")


def _settings(folder: Path, size: Size) -> dict[str, str]:
    metastore = f"jdbc:derby:;databaseName={folder / 'metastore'};create=true"
    return {
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.ui.port": "0",
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.retainedStages": "20000",
        "spark.executor.memory": f"{max(512, size.memory_mb - 512)}M",
        "spark.executor.memoryOverhead": "512M",
        "spark.scheduler.mode": "FAIR",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": (folder / "events").as_uri(),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": metastore,
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
        "spark.driver.extraJavaOptions": f"{size.java_options} -Dderby.system.home={folder}",
        "spark.executor.extraJavaOptions": size.java_options,
        "spark.sql.shuffle.partitions": str(size.workers * size.cores),
        # what the project relies on; any other cluster needs these too (docs/scale_out.md)
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.mapKeyDedupPolicy": "LAST_WIN",
    }


def _environment(spark: Path, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "HADOOP_", "HIVE_"))}
    return kept | {
        "SPARK_HOME": str(spark),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_LOCAL_HOSTNAME": LOOPBACK,
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_DAEMON_JAVA_OPTS": "-Duser.timezone=UTC",
        "SPARK_DAEMON_MEMORY": "512m",
        "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",
        "TZ": "UTC",
    }


def _spark_home() -> Path:
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise ClusterError("Spark is not in this environment: `scripts/install spark` makes one with it in .venv-spark")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise ClusterError("Spark needs Java 17 or 21: apt-get install openjdk-17-jre-headless, or set JAVA_HOME")
    return Path(found.origin).parent


def _wait_for_answers(thrift: Thrift, server: _Part) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            thrift.rows("select 1")
            return
        except ThriftError as error:
            server.must_run()
            if time.monotonic() > deadline:
                raise ClusterError(f"the thrift server does not answer: {error}; its log is {server.log}") from error
            time.sleep(0.5)


class _Part:
    """One process of the cluster and its log."""

    def __init__(self, name: str, arguments: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = folder / "logs" / f"{name}.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                arguments, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def says(self, pattern: re.Pattern[str]) -> str:
        """Wait until the log has the pattern; gives its first group, else all of it."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            found = pattern.search(self.log.read_text(encoding="utf-8", errors="replace"))
            if found:
                return found[1] if pattern.groups else found[0]
            self.must_run()
            time.sleep(0.1)
        raise ClusterError(f"Spark's {self.name} was not ready after {READY_WITHIN_SECONDS} s; its log is {self.log}")

    def must_run(self) -> None:
        """Raise when the process has ended, with the end of its log."""
        if self._process.poll() is not None:
            words = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
            raise ClusterError(
                f"Spark's {self.name} ended (exit code {self._process.returncode}), log {self.log}:\n{words}"
            )

    def stop(self) -> None:
        """End the process, by force when it does not listen."""
        self._process.terminate()
        try:
            self._process.wait(STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
