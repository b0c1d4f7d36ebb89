"""What all tests share: how they are split over processes, how much is drawn, and that CI leaves nothing out."""

from __future__ import annotations

from typing import Any

import pytest

# Folders whose tests share something that is dear to make: they stay in one process. The longest first, so that the
# processes end at about the same time. All other tests stay together by file.
SHARE_MUCH = (
    *("end_to_end", "increments", "crm", "scoring", "golden", "benchmarks", "staging", "lifecycle", "nurture"),
    "simulation",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds ``--require-all``, ``--histories``, ``--plans`` and ``--kills``."""
    parser.addoption(
        "--require-all",
        action="store_true",
        help="fail when a test was skipped that could have run here (used by CI)",
    )
    parser.addoption(
        "--histories",
        default="25-26",
        metavar="[FIRST-]LAST",
        help="which drawn histories the law of increments is tried on, such as 100-400",
    )
    parser.addoption("--plans", type=int, default=8, help="how many fault plans are drawn for each destination")
    parser.addoption("--kills", type=int, default=6, help="how often a sync to each destination is killed")


def _group(place: str) -> str:
    """The tests that one process takes: a folder or a file, by the path of one of them."""
    folder = place.removeprefix("tests/").partition("/")[0]
    return folder if folder in SHARE_MUCH else place


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n`, the groups are begun in this order."""
    turns = {name: turn for turn, name in enumerate(SHARE_MUCH)}
    items.sort(key=lambda item: turns.get(_group(item.nodeid.partition("::")[0]), len(turns)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Groups of our own; xdist's `loadgroup` finds none with pytest 9.2, which no longer lets it rename tests."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid.partition("::")[0])

    return Groups(config, log)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``--require-all``, turns a green run that skipped something into a failure and names what it skipped."""
    if not session.config.getoption("--require-all"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    skipped = [report for report in reporter.stats.get("skipped", []) if "[may skip]" not in str(report.longrepr)]
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"--require-all: {len(skipped)} tests were skipped", red=True)
        for report in skipped:
            reporter.write_line(f"  {report.nodeid}: {report.longrepr[-1] if report.longrepr else ''}")
