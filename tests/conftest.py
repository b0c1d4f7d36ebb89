"""What all tests share: the switch that makes a missing server a failure instead of a skip, and how much is drawn."""

from __future__ import annotations

import pytest


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
