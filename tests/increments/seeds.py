"""Changes of the seeds between two nights: what an analytics engineer does to the policy."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.home import DBT_PROJECT


@dataclass(frozen=True)
class Edit:
    """One change of a seed file.

    Attributes:
        seed: the file below `seeds/`, without `.csv`.
        where: cells of the rows that change; empty adds a row.
        cells: their new cells; empty deletes the rows.
    """

    seed: str
    where: dict[str, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)

    def apply(self, rows: list[dict[str, str]], header: Collection[str]) -> list[dict[str, str]]:
        """The seed's rows after the change."""
        if not self.where:
            return [*rows, dict.fromkeys(header, "") | self.cells]
        is_meant = [all(row[column] == cell for column, cell in self.where.items()) for row in rows]
        assert any(is_meant), f"{self.seed}.csv has no row with {self.where}"
        changed = [row | self.cells if meant else row for row, meant in zip(rows, is_meant, strict=True)]
        return [row for row, meant in zip(changed, is_meant, strict=True) if self.cells or not meant]


def _rule(rule: str, **cells: str) -> Edit:
    return Edit("reference/bot_rules", {"rule": rule}, cells)


EDITS = (
    _rule("too_fast", threshold_seconds="60"),
    _rule("too_fast", taints_address="true"),
    _rule("link_burst", threshold_count="2"),
    _rule("link_burst", threshold_seconds="120"),
    _rule("link_burst", is_enabled="false"),
    _rule("tainted_address", threshold_seconds="60"),
    _rule("tainted_address", threshold_seconds="200000"),
    _rule("tainted_address", precedence="0"),
    _rule("tainted_address", is_enabled="false"),
    _rule("honeypot_link", url_pattern="%/careers%"),
    _rule("head_request", taints_address="false"),
    Edit("reference/bot_user_agents", cells={"user_agent_pattern": "%friendlyagent%", "kind": "crawler"}),
    Edit("reference/bot_user_agents", {"user_agent_pattern": "%bot%"}),
    Edit("reference/bot_networks", cells={"address_pattern": "10.9.%", "kind": "scanner"}),
    Edit("reference/bot_networks", {"address_pattern": "192.0.2.%"}),
    Edit("reference/privacy_proxies", {"address_pattern": "17.%"}, {"address_pattern": "10.0.%"}),
    Edit("reference/content_topics", {"url_pattern": "%/pricing%"}, {"topic": "product"}),
    Edit("reference/content_topics", cells={"priority": "1", "url_pattern": "%/blog%", "topic": "demo"}),
    Edit("reference/event_types", {"source": "web", "event_type": "page_view"}, {"is_engagement": "false"}),
    Edit("reference/event_types", {"source": "email", "event_type": "clicked"}),
    Edit("reference/event_types", {"event_type": "video_watched"}, {"quantity_cap": "1"}),
    Edit("reference/shared_mailboxes", cells={"local_part": "ann"}),
    Edit("reference/row_limits", {"source": "email"}, {"earliest_at": "2026-09-18 00:00:00"}),
    Edit("reference/row_limits", {"source": "web"}, {"hours_ahead": "1"}),
    Edit("scoring/profile_rules", {"rule_id": "title_director"}, {"percent": "95"}),
    Edit("scoring/engagement_decay_rules", {"rule_id": "any_page"}, {"points": "1.5"}),
    Edit("scoring/engagement_band_rules", {"rule_id": "click_1_in_14_days"}, {"within_days": "20"}),
)


def write_seeds(project: Path, edits: Collection[Edit]) -> None:
    """Make the seeds of a copy of the project what the project has, with these changes."""
    for seed in sorted({edit.seed for edit in EDITS} | {edit.seed for edit in edits}):
        with (DBT_PROJECT / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            header, rows = list(reader.fieldnames or []), list(reader)
        for edit in edits:
            if edit.seed == seed:
                rows = edit.apply(rows, header)
        with (project / "seeds" / f"{seed}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
