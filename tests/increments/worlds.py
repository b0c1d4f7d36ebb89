"""Small worlds: a few people, addresses, devices and robots whose raw rows meet in every way that we could think of.

A world costs a few rows while a run of dbt costs seconds, so one warehouse holds hundreds of them. Nothing that two
worlds write is the same, so what goes wrong in one shows its name, and can be made smaller without the others.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# Stands in a cell for the name of the world.
HERE = "{world}"
NAME = re.compile(r"w\d+x")

HUMAN = "Mozilla/5.0 (Windows NT 10.0)"
ANN, BOB, INFO, CY = f"ann@{HERE}.io", f"bob@{HERE}.io", f"info@{HERE}.io", f"cy@{HERE}.io"
EMAILS = (ANN, ANN, ANN, BOB, BOB, CY, INFO)
# The CRM counts leads and contacts each from 1, so both have a `1`.
RECORDS = (f"{HERE}-1", f"{HERE}-2", f"{HERE}-3")
DEVICES = (f"{HERE}-phone", f"{HERE}-laptop")
HOME_IP, OFFICE_IP, SCANNER_IP, APPLE_IP = f"10.0.{HERE}", f"10.9.{HERE}", f"192.0.2.{HERE}", f"17.1.{HERE}"
IPS = (HOME_IP, HOME_IP, OFFICE_IP, OFFICE_IP, SCANNER_IP, APPLE_IP, None)
USER_AGENTS = (HUMAN, HUMAN, HUMAN, "Mozilla/5.0", "Googlebot/2.1", "FriendlyAgent/1.0", None)
PATHS = ("pricing", "product/a", "product/b", "blog/x", "careers", "hp/1", "elsewhere")

Cell = str | None


@dataclass(frozen=True)
class Row:
    """One raw row and the night on which it lands (0 is the first).

    Attributes:
        table: such as `email.events`.
        cells: column to text; a column that is left out is missing.
    """

    table: str
    night: int
    cells: dict[str, Cell]


World = tuple[Row, ...]


def named(world: World, name: str) -> World:
    """The world with its name in all its cells."""
    return tuple(
        replace(row, cells={column: cell and cell.replace(HERE, name) for column, cell in row.cells.items()})
        for row in world
    )


def draw_world(chance: random.Random, moments: Sequence[datetime], nights: int, rows: int) -> World:
    """Draw a world.

    Args:
        moments: times that matter, such as the as-of times: much happens shortly before and after them.
        nights: how many nights there are; rows land on any of them.
        rows: about how many rows.
    """
    return _Drawing(chance, moments, nights).world(rows)


class _Drawing:
    def __init__(self, chance: random.Random, moments: Sequence[datetime], nights: int) -> None:
        self.chance = chance
        self.nights = nights
        start = min(moments)
        days = [start - timedelta(days=chance.uniform(0, 40)) for _ in range(2)]
        self.anchors = [*chance.sample(list(moments), min(2, len(moments))), *days]
        if chance.random() < 0.4:
            self.anchors = [chance.choice(self.anchors)]
        # The fewer there are, the more happens to each.
        self.emails = chance.choices(EMAILS, k=chance.choice((1, 2, 4)))
        self.devices = chance.choices(DEVICES, k=2)
        self.ips = chance.choices(IPS, k=chance.choice((1, 2, 5)))
        self.user_agents = chance.choices(USER_AGENTS, k=chance.choice((1, 3)))
        self.messages = chance.choices((f"{HERE}-m", f"{HERE}-m", f"{HERE}-n", None), k=chance.choice((1, 3)))
        self.email_share = chance.choice((0.1, 0.5, 0.9))
        self.events = 0

    def world(self, rows: int) -> World:
        makers: list[Callable[[], tuple[str, dict[str, Cell]]]] = [self.email_or_web_event] * 8
        makers += [self.lead, self.lead, self.contact, self.messaging_event, self.account, self.attribute]
        # Somebody must be known, or nothing is anybody's.
        made = [Row(*self.placed(self.lead)) for _ in range(self.chance.choice((0, 1, 2)))]
        made += [Row(*self.placed(self.chance.choice(makers))) for _ in range(rows)]
        again = [self.again(row) for row in made if self.chance.random() < 0.15]
        return (*made, *again)

    def placed(self, maker: Callable[[], tuple[str, dict[str, Cell]]]) -> tuple[str, int, dict[str, Cell]]:
        table, cells = maker()
        if self.chance.random() < 0.06:
            cells["loaded_at"] = self.time()
        if self.chance.random() < 0.03:
            cells["created_at" if table.startswith("crm") else "occurred_at"] = "not a time"
        return table, self.chance.randrange(self.nights), cells

    def again(self, row: Row) -> Row:
        """The row a second time, on any night; now and then with another content, as a system that corrects itself."""
        cells = dict(row.cells)
        if self.chance.random() < 0.25:
            for column, others in (("event_type", ("clicked", "page_view")), ("url", PATHS), ("title", ("Director",))):
                if column in cells:
                    cells[column] = self.chance.choice(others)
        if self.chance.random() < 0.2 and "occurred_at" in cells:
            cells["occurred_at"] = self.time()
        return Row(row.table, self.chance.randrange(self.nights), cells)

    def time(self) -> str:
        seconds = self.chance.choice((0, 1, 12, 240, 7200, 30 * 3600))
        at = self.chance.choice(self.anchors) + timedelta(seconds=round(self.chance.uniform(-seconds, seconds)))
        return f"{at:%Y-%m-%d %H:%M:%S}"

    def event_id(self) -> str:
        self.events += 1
        return f"{HERE}-{self.events}"

    def pick(self, *values: Cell) -> Cell:
        return self.chance.choice(values)

    def url(self) -> Cell:
        return self.pick(*(f"https://x.example/{path}?{HERE}" for path in PATHS), None)

    def email_or_web_event(self) -> tuple[str, dict[str, Cell]]:
        return self.email_event() if self.chance.random() < self.email_share else self.web_event()

    def email_event(self) -> tuple[str, dict[str, Cell]]:
        types = ("sent", "delivered", "delivered", "opened", "clicked", "clicked", "clicked", "unsubscribed", "replied")
        return "email.events", {
            "event_id": self.event_id(),
            "occurred_at": self.time(),
            "recipient": self.pick(*self.emails),
            "event_type": self.pick(*types),
            "message_id": self.pick(*self.messages),
            "campaign_id": self.pick("spring", None),
            "url": self.url(),
            "ip": self.pick(*self.ips),
            "user_agent": self.pick(*self.user_agents),
            "http_method": self.pick(*["GET"] * 8, "HEAD", None),
        }

    def web_event(self) -> tuple[str, dict[str, Cell]]:
        types = ("page_view", "page_view", "page_view", "identified", "form_submitted", "video_watched", "scrolled")
        says_who = self.chance.random() < 0.3
        return "web.events", {
            "event_id": self.event_id(),
            "occurred_at": self.time(),
            "anonymous_id": self.pick(*self.devices),
            "event_type": self.pick(*types),
            "user_id": self.pick(*RECORDS, None) if says_who else None,
            "email": self.pick(ANN, BOB, CY, "nobody", None) if says_who else None,
            "url": self.url(),
            "ip": self.pick(*self.ips),
            "user_agent": self.pick(*self.user_agents),
            "dwell_seconds": self.pick("30", "90.5", "9999", "long", None),
        }

    def messaging_event(self) -> tuple[str, dict[str, Cell]]:
        return "messaging.events", {
            "event_id": self.event_id(),
            "occurred_at": self.time(),
            "channel": self.pick("sms", "linkedin"),
            "recipient": self.pick(ANN, BOB, *RECORDS, f"+45{HERE}"),
            "event_type": self.pick("sent", "opened", "clicked", "replied", "unsubscribed"),
            "url": self.url(),
        }

    def person(self) -> dict[str, Cell]:
        return {
            "created_at": self.time(),
            "updated_at": self.pick(self.time(), self.time(), None),
            "email": self.pick(*EMAILS, "no address", None),
            "title": self.pick("Director", "VP Sales", "Student", None),
            "lead_source": self.pick("referral", "webinar", None),
            "annual_revenue": self.pick("90000000", "7000000", None),
            "is_opted_out": self.pick("true", "false", None, None),
            "master_record_id": self.pick(*RECORDS, *[None] * 9),
            "is_deleted": self.pick("true", *[None] * 8),
        }

    def lead(self) -> tuple[str, dict[str, Cell]]:
        converted = self.pick(*RECORDS, *[None] * 9)
        return "crm.leads", {
            "lead_id": self.pick(*RECORDS),
            **self.person(),
            "company": self.pick("Acme", "test company", None, None),
            "converted_contact_id": converted,
            "converted_at": self.time() if converted else None,
            "tier": self.pick("gold", None),
        }

    def contact(self) -> tuple[str, dict[str, Cell]]:
        return "crm.contacts", {"contact_id": self.pick(*RECORDS), "account_id": f"{HERE}-a", **self.person()}

    def account(self) -> tuple[str, dict[str, Cell]]:
        return "crm.accounts", {
            "account_id": f"{HERE}-a",
            "name": self.pick("Acme", "Globex"),
            "annual_revenue": self.pick("900000000", None),
            "created_at": self.time(),
            "updated_at": self.time(),
        }

    def attribute(self) -> tuple[str, dict[str, Cell]]:
        return "crm.lead_attributes", {
            "lead_id": self.pick(*RECORDS),
            "attribute": "primary_need",
            "value": self.pick("lead scoring", "just looking"),
            "observed_at": self.pick(self.time(), None),
        }
