"""Draws small worlds that a plan is made of: policy, people, what they refused, what reached them, what they did."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

Row = dict[str, Any]

INPUT_TYPES: dict[str, dict[str, str]] = {
    "leads": {},
    "int_leads": {"lead_id": "varchar", "country": "varchar", "industry": "varchar"},
    "int_lead_attributes": {"lead_id": "varchar", "attribute": "varchar", "value": "varchar"},
    "lead_grades": {},
    "lead_segments": {},
    "lead_lifecycle": {},
    "interest_profile": {},
    "int_identified_activities": {
        "source": "varchar",
        "identifier": "varchar",
        "activity_date": "date",
        "owner_known_at": "timestamp",
        "channel": "varchar",
        "activity_type": "varchar",
        "topic": "varchar",
        "is_engagement": "boolean",
        "bot_reason": "varchar",
        "quantity": "decimal(18, 4)",
        "occurred_at": "timestamp",
        "lead_id": "varchar",
    },
    "lead_activity_daily": {
        "lead_id": "varchar",
        "activity_date": "date",
        "activity_type": "varchar",
        "topic": "varchar",
        "channel": "varchar",
        "activity_count": "bigint",
        "quantity": "decimal(18, 4)",
    },
    "int_lead_tasks": {
        "task_id": "varchar",
        "lead_id": "varchar",
        "activity_type": "varchar",
        "owner_id": "varchar",
        "created_at": "timestamp",
    },
    "int_person_records": {
        "lead_id": "varchar",
        "record_type": "varchar",
        "record_id": "varchar",
        "email": "varchar",
        "phone": "varchar",
    },
    "stg_crm__lead_attributes": {
        "lead_id": "varchar",
        "attribute": "varchar",
        "value": "varchar",
        "observed_at": "timestamp",
    },
    "int_told_values": {"lead_id": "varchar", "attribute": "varchar", "value": "varchar", "observed_at": "timestamp"},
    "int_nurture_events": {
        "source": "varchar",
        "channel": "varchar",
        "event_id": "varchar",
        "identifier": "varchar",
        "event_type": "varchar",
        "campaign_id": "varchar",
        "referral_code": "varchar",
        "occurred_at": "timestamp",
        "load_id": "varchar",
    },
    "int_content_views": {
        "source": "varchar",
        "channel": "varchar",
        "identifier": "varchar",
        "content_id": "varchar",
        "activity_date": "date",
        "first_at": "timestamp",
        "completed_at": "timestamp",
        "load_id": "varchar",
    },
    "int_identifier_owners": {
        "source": "varchar",
        "identifier": "varchar",
        "lead_id": "varchar",
        "valid_from": "timestamp",
        "valid_to": "timestamp",
    },
    "int_bot_verdicts": {"source": "varchar", "event_id": "varchar", "bot_reason": "varchar"},
}

LEADS = tuple(f"lead_{number}" for number in range(1, 7))
COUNTRIES = ("DE", "US", "IN", "us ", "Nowhere", None)
CHANNELS = ("email", "sms", "wechat", "phone")
GRADES = ("A1", "B2", "C3", "D4")
SEGMENTS = ("vip", "new")
STAGE_GROUPS = ("marketing", "customer")
FORMATS = ("guide", "video", "tool")
TOPICS = ("blog", "pricing", "product")
INDUSTRIES = ("software", "retail")
TRIGGERS = ("email_clicked", "file_downloaded", "task_meeting", "message_opened", "message_opened")
ZONES = [
    (None, "Europe/London"),
    (None, "America/New_York"),
    ("DE", "Europe/Berlin"),
    ("US", "America/New_York"),
    ("US", "America/Los_Angeles"),
    ("IN", "Asia/Kolkata"),
]
CALENDARS = {"UTC": "standard", "Europe/Berlin": "de", "America/New_York": "us"}
# Before, in and after the nights on which clocks are changed, a leap day, the turn of the year, and plain days.
MOMENTS = (
    *(
        "2026-03-27 22:10:00",
        "2026-03-28 23:59:59",
        "2026-03-29 01:30:00",
        "2026-10-24 12:00:00",
        "2026-10-25 00:30:00",
    ),
    *(
        "2026-03-07 15:00:00",
        "2026-03-08 10:00:00",
        "2026-11-01 05:30:00",
        "2028-02-28 18:00:00",
        "2026-12-31 21:45:07",
    ),
    *("2026-10-01 00:00:00", "2026-06-05 16:20:30", "2026-06-06 09:00:00"),
)


@dataclass(frozen=True)
class World:
    """All that a plan is a function of: seeds and inputs by name, as rows, and the time."""

    tables: Mapping[str, list[Row]]
    as_of: datetime

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables as the harness takes them; an empty one is left out."""
        return {name: pd.DataFrame(rows, dtype=object) for name, rows in self.tables.items() if rows}


def draw_world(chance: random.Random) -> World:
    """Draw one."""
    return _Drawing(chance).world()


def _listed(values: list[str]) -> str | None:
    return "|".join(values) or None


class _Drawing:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.as_of = datetime.fromisoformat(chance.choice(MOMENTS))
        self.programs = [f"p{number}" for number in range(1, chance.choice((2, 3, 4)))]
        self.number = 0
        # Few addresses, so that they are shared now and then; a number is written in many ways.
        self.addresses = {
            "email": [f"{name}@x.io" for name in "abcdefg"],
            "phone": [
                way.format(number)
                for number in range(1, 7)
                for way in ("+49170123456{}", "+49 (170) 123-456{}", "0170/123456{}", "0049 170 123456{}")
            ],
            "wechat_id": [f"wx{number}" for number in range(1, 7)],
        }

    def some(self, values: Any, most: int) -> list[Any]:
        return self.chance.sample(list(values), self.chance.randint(0, min(most, len(values))))

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def before(self, days: float) -> datetime:
        """A moment up to some days ago; often right at the edge of a day."""
        moment = self.as_of - timedelta(days=self.chance.choice((0, 1, 2, days)) * self.chance.random())
        if self.maybe(0.3):
            moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return moment.replace(microsecond=0)

    def world(self) -> World:
        policy = {
            "nurture_settings": [self.settings()],
            "country_time_zones": [{"country": country, "time_zone": zone} for country, zone in ZONES],
            "contact_hours": self.hours(),
            "business_calendars": [
                {"time_zone": zone, "calendar": calendar, "is_default": zone == "UTC"}
                for zone, calendar in CALENDARS.items()
            ],
            "business_holidays": self.holidays(),
            "consent_rules": self.consent_rules(),
            "frequency_caps": self.caps(),
            "program_rules": self.program_rules(),
            "program_steps": self.steps(),
            "nurture_contents": self.contents(),
            "lifecycle_models": [
                {"lifecycle_model": "main", "is_default": True, "is_active": True},
                {"lifecycle_model": "other", "is_default": False, "is_active": True},
            ],
            "scoring_models": [
                {"scoring_model": "main", "is_default": True, "is_active": True},
                {"scoring_model": "other", "is_default": False, "is_active": True},
            ],
        }
        self.known = policy
        people = self.people()
        return World(policy | people, self.as_of)

    def settings(self) -> Row:
        days = self.chance.choice((1, 3, 7))
        return {"plan_days": days, "prior_contacts": 4, "prior_response_points": 1}

    def hours(self) -> list[Row]:
        rows = []
        for channel in CHANNELS:
            for country in (None, *self.some(("DE", "US", "IN"), 1)):
                # wide enough that both coasts, or both sides of the Atlantic, have an hour in common
                hours = {"from_hour": self.chance.choice((6, 8, 9)), "to_hour": self.chance.choice((17, 20, 22))}
                if self.maybe(0.4):
                    rows.append({"channel": channel, "country": country, "weekdays": "1|2|3|4|5|6|7", **hours})
                    rows[-1]["is_open_on_holidays"] = self.maybe(0.3)
                else:
                    rows.append({"channel": channel, "country": country, "weekdays": "1|2|3|4|5", **hours})
                    rows[-1]["is_open_on_holidays"] = self.maybe(0.3)
                    if self.maybe(0.3):
                        weekend = {"from_hour": 10, "to_hour": 18, "is_open_on_holidays": self.maybe(0.3)}
                        rows.append({"channel": channel, "country": country, "weekdays": "6|7", **weekend})
        return rows

    def holidays(self) -> list[Row]:
        days = [(calendar, day) for calendar in CALENDARS.values() for day in range(-1, 9)]
        return [
            {"calendar": calendar, "holiday": (self.as_of + timedelta(days=day)).date()}
            for calendar, day in self.some(days, 8)
        ]

    def consent_rules(self) -> list[Row]:
        rows = [{"channel": channel, "country": None, "is_consent_required": self.maybe(0.25)} for channel in CHANNELS]
        rows += [
            {"channel": channel, "country": country, "is_consent_required": self.maybe(0.5)}
            for channel in CHANNELS
            for country in self.some(("DE", "US"), 1)
        ]
        return rows

    def caps(self) -> list[Row]:
        caps = [(channel, days) for channel in (None, *CHANNELS) for days in (1, 3, 7, 30)]
        return [
            {"channel": channel, "within_days": days, "at_most": self.chance.choice((1, 1, 2, 3))}
            for channel, days in self.chance.sample(caps, self.chance.choice((1, 2, 4)))
        ]

    def program_rules(self) -> list[Row]:
        return [
            {
                "program": program,
                "label": program,
                "priority": number * 10,
                "grades": _listed(self.some(GRADES, 2)),
                "segment": self.chance.choice((None, *SEGMENTS)),
                "stage_groups": self.chance.choice((None, None, *STAGE_GROUPS, "marketing|customer")),
                "hold_out_percent": self.chance.choice((0, 0, 0, 30, 100)) if number else 0,
                "goal": "converted",
                "goal_days": 30,
            }
            for number, program in enumerate(self.programs)
        ]

    def steps(self) -> list[Row]:
        rows = []
        for program in self.programs:
            for step in range(1, self.chance.choice((2, 3, 5))):
                rows.append(self.step(program, step, None, 0 if step == 1 else self.chance.choice((0, 1, 2, 3, 10))))
            for step in range(11, self.chance.choice((12, 13, 14))):
                rows.append(self.step(program, step, self.chance.choice(TRIGGERS), self.chance.choice((0, 0, 1, 3))))
        return rows

    def step(self, program: str, step: int, trigger: str | None, wait_days: int) -> Row:
        formats = _listed(self.some(FORMATS, 2))
        return {
            "program": program,
            "step": step,
            "label": f"{program} {step}",
            "channels": "|".join(self.some(CHANNELS, 3) or ["email"]),
            "trigger_activity": trigger,
            "trigger_within_days": self.chance.choice((3, 7, 14)) if trigger else None,
            "wait_days": wait_days,
            "formats": formats,
            "topics": _listed(self.some(TOPICS, 2)) if formats else None,
        }

    def contents(self) -> list[Row]:
        return [
            {
                "content_id": f"c{number}",
                "label": f"c{number}",
                "page": f"/c{number}",
                "topic": self.chance.choice(TOPICS),
                "format": self.chance.choice(FORMATS),
                "stage_groups": self.chance.choice((None, None, *STAGE_GROUPS)),
                "industries": self.chance.choice((None, None, *INDUSTRIES, "software|retail")),
                "full_seconds": 60,
            }
            for number in range(1, self.chance.choice((2, 4, 7)))
        ]

    def people(self) -> dict[str, list[Row]]:
        tables: dict[str, list[Row]] = {name: [] for name in INPUT_TYPES}
        holders: dict[str, set[str]] = {}
        for lead in LEADS[: self.chance.choice((2, 4, 6))]:
            who = {"lead_id": lead, "country": self.chance.choice(COUNTRIES)}
            who["industry"] = self.chance.choice((None, "Software", "retail ", "other"))
            flags = {name: self.maybe(0.04) for name in ("is_opted_out", "is_test", "is_deleted")}
            tables["leads"].append(who | flags)
            tables["int_leads"].append(who)
            grade = self.chance.choice(GRADES)
            tables["lead_grades"].append({"lead_id": lead, "scoring_model": "main", "grade": grade})
            tables["lead_grades"].append({"lead_id": lead, "scoring_model": "other", "grade": "A1"})
            for model in ("main", "other"):
                if self.maybe(0.9):
                    stage = {"lead_id": lead, "lifecycle_model": model}
                    tables["lead_lifecycle"].append(stage | {"stage_group": self.chance.choice(STAGE_GROUPS)})
            tables["lead_segments"] += [{"lead_id": lead, "segment": segment} for segment in self.some(SEGMENTS, 2)]
            for attribute, values in self.addresses.items():
                if self.maybe(0.6):
                    address = self.chance.choice(values)
                    holders.setdefault(address, set()).add(lead)
                    tables["int_lead_attributes"].append({"lead_id": lead, "attribute": attribute, "value": address})
            tables["int_person_records"].append({"lead_id": lead, "record_type": "lead", "record_id": f"{lead}_old"})
            for field in self.some(("email", "phone"), 2) if self.maybe(0.2) else ():
                # another record of the same person, or of one who had the address before
                tables["int_person_records"][-1][field] = f" {self.chance.choice(self.addresses[field])} "
            if self.maybe(0.15):
                handle = {"attribute": "wechat_id", "value": self.chance.choice(self.addresses["wechat_id"])}
                when = self.as_of + timedelta(days=self.chance.choice((-1, 1)))
                said = {"lead_id": f"{lead}_old", "observed_at": when}
                tables["stg_crm__lead_attributes"].append(handle | said)
            tables["interest_profile"] += self.interests(lead)
            tables["int_told_values"] += self.consents(lead)
            tables["int_lead_tasks"] += self.tasks(lead)
            tables["lead_activity_daily"] += [
                {"lead_id": lead, "activity_date": self.before(9).date(), "activity_type": activity}
                for activity in self.some((*TRIGGERS[:2], "page_viewed"), 3)
            ]
        self.identify(tables, holders)
        self.events(tables)
        return tables

    def interests(self, lead: str) -> list[Row]:
        rows = []
        for aspect, values in (("topic", TOPICS), ("channel", ("email", "sms", "wechat")), ("hour", ("9", "17"))):
            for rank, value in enumerate(self.some(values, 2), start=1):
                score = self.chance.choice(("0.1", "0.25", "0.5", "3"))
                rows.append(
                    {"lead_id": lead, "aspect": aspect, "value": value, "score": score, "preference_rank": rank}
                )
        return rows

    def consents(self, lead: str) -> list[Row]:
        said = [(channel, self.chance.choice((None, *(self.before(20) for _ in range(2))))) for channel in CHANNELS * 2]
        return [
            {
                "lead_id": lead,
                "attribute": f"consent_{channel}",
                "value": self.chance.choice(("yes", "yes", "yes", "no", "maybe")),
                "observed_at": when,
            }
            for channel, when in said
            if self.maybe(0.25)
        ]

    def tasks(self, lead: str) -> list[Row]:
        rows = []
        for activity in self.some(("task_call", "task_call", "task_meeting"), 2):
            self.number += 1
            task = {"task_id": f"t{self.number}", "lead_id": lead, "activity_type": activity}
            rows.append(task | {"created_at": self.before(12)})
        return rows

    def identify(self, tables: dict[str, list[Row]], holders: dict[str, set[str]]) -> None:
        """Mail addresses of one lead alone are its own; devices may change hands; numbers and handles are nobody's."""
        self.owners: dict[str, str] = {}
        for address, leads in holders.items():
            if "@" in address and len(leads) == 1:
                self.owners[address] = min(leads)
                tables["int_identifier_owners"].append(
                    {"source": "email", "identifier": address, "lead_id": min(leads)}
                )
        everybody = [row["lead_id"] for row in tables["leads"]]
        for device in ("d1", "d2"):
            handed_on = self.before(6)
            first, second = self.chance.choice(everybody), self.chance.choice(everybody)
            usage = {"source": "web", "identifier": device}
            tables["int_identifier_owners"].append(usage | {"lead_id": first, "valid_to": handed_on})
            tables["int_identifier_owners"].append(usage | {"lead_id": second, "valid_from": handed_on})

    def events(self, tables: dict[str, list[Row]]) -> None:
        every = [(channel, address) for channel, address in self.channel_addresses()]
        for _ in range(self.chance.choice((0, 4, 12, 25))):
            channel, address = self.chance.choice(every)
            source = "email" if channel == "email" else "messaging"
            prefix = "email" if channel == "email" else "message"
            happened = self.before(12)
            kind = self.chance.choice(("sent", "sent", "sent", "delivered", "opened", "opened", "unsubscribed"))
            if kind == "unsubscribed" and self.maybe(0.6):
                kind = "delivered"
            if channel == "email" and self.maybe(0.2):
                kind = "bounced"
            event = {
                "source": source,
                "identifier": address,
                "activity_date": happened.date(),
                "owner_known_at": happened.replace(hour=0, minute=0, second=0),
                "channel": channel,
                "activity_type": f"{prefix}_{kind}",
                "topic": self.chance.choice(("other", "blog")),
                "is_engagement": kind in ("opened", "unsubscribed"),
                "bot_reason": "too_fast" if kind in ("opened", "unsubscribed") and self.maybe(0.3) else None,
                "occurred_at": happened,
                "lead_id": self.owners.get(address) if channel == "email" else None,
            }
            # what happens twice within a second counts twice
            tables["int_identified_activities"] += [event] * self.chance.choice((1, 1, 2))
            if self.maybe(0.6):
                self.nurture_event(tables, event)
        for _ in range(self.chance.choice((0, 3, 8))):
            channel, address = self.chance.choice([*every, ("web", "d1"), ("web", "d2"), ("web", "d1")])
            happened = self.before(8)
            view = {
                "source": {"web": "web", "email": "email"}.get(channel, "messaging"),
                "channel": channel,
                "identifier": address,
                "activity_date": happened.date(),
            }
            content = self.chance.choice(self.known["nurture_contents"])["content_id"]
            tables["int_content_views"].append(view | {"content_id": content, "first_at": happened})
            # what was opened is an event as well
            viewed = {"activity_type": "page_viewed", "topic": "other", "occurred_at": happened, "is_engagement": True}
            tables["int_identified_activities"].append(view | viewed | {"lead_id": None, "bot_reason": "too_fast"})

    def channel_addresses(self) -> list[tuple[str, str]]:
        of = {"email": "email", "sms": "phone", "phone": "phone", "wechat": "wechat_id"}
        return [(channel, address) for channel, attribute in of.items() for address in self.addresses[attribute]]

    def nurture_event(self, tables: dict[str, list[Row]], event: Row) -> None:
        kind, happened = event["activity_type"].split("_")[1], event["occurred_at"]
        self.number += 1
        step = self.chance.choice(self.known["program_steps"])
        content = self.chance.choice(self.known["nurture_contents"])["content_id"] if step["formats"] else ""
        named = {"source": event["source"], "event_id": f"e{self.number}"}
        tables["int_nurture_events"].append(
            named
            | {
                "channel": event["channel"],
                "identifier": event["identifier"],
                "event_type": kind,
                "campaign_id": f"nurture/{step['program']}/{step['step']}/{content}",
                # the clock may be set back: what happened later is not known yet
                "occurred_at": happened if self.maybe(0.93) else self.as_of + timedelta(hours=1),
            }
        )
        if kind == "opened" and self.maybe(0.3):
            tables["int_bot_verdicts"].append(named | {"bot_reason": "too_fast"})
