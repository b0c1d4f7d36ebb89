"""The plan a second time, in plain Python: slow, by trying every quarter of an hour, and nothing of it shared."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.nurture.worlds import Row, World

CONTACTS = {"email_sent", "email_delivered", "message_sent", "message_delivered", "task_call"}
OPT_OUTS = {"email_unsubscribed", "email_complained", "message_unsubscribed"}
NUMBERS = {"sms", "phone"}
ATTRIBUTES = {"email": "email", "sms": "phone", "phone": "phone", "wechat": "wechat_id"}
GIVES = {"yes": True, "no": False}
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Step:
    """One planned step."""

    lead_id: str
    program: str
    step: int
    channel: str
    address: str
    content_id: str | None
    earliest_at: datetime
    best_at: datetime
    latest_at: datetime


class Reference:
    """All that can be asked of a world."""

    def __init__(self, world: World) -> None:
        self.tables = world.tables
        self.as_of = world.as_of
        self.today = world.as_of.date()
        self.people = {row["lead_id"]: row for row in self.tables["leads"]}
        self.settings = self.tables["nurture_settings"][0]
        self.zones: dict[str, list[ZoneInfo]] = defaultdict(list)
        for row in self.tables["country_time_zones"]:
            self.zones[(row["country"] or "").lower()].append(ZoneInfo(row["time_zone"]))
        calendars = {row["time_zone"]: row["calendar"] for row in self.tables["business_calendars"]}
        (usual,) = (row["calendar"] for row in self.tables["business_calendars"] if row["is_default"])
        self.holidays = {
            (place, row["holiday"])
            for place, zones in self.zones.items()
            for row in self.tables["business_holidays"]
            if row["calendar"] in {calendars.get(zone.key, usual) for zone in zones}
        }

    # who it is

    def address(self, lead: str, channel: str) -> str | None:
        values = [
            row["value"]
            for row in self.tables["int_lead_attributes"]
            if row["lead_id"] == lead and row["attribute"] == ATTRIBUTES[channel]
        ]
        return min(values, default=None)

    def holds(self, lead: str, channel: str, identifier: str) -> bool:
        """Whether it is an address of the lead's, by whatever record, and however a number is written."""
        if channel not in ATTRIBUTES:
            return False
        known = [self.address(lead, channel)]
        for row in self.tables["int_person_records"]:
            if row["lead_id"] == lead:
                known.append(row.get(ATTRIBUTES[channel]))
                known += [
                    said["value"]
                    for said in self.tables["stg_crm__lead_attributes"]
                    if said["lead_id"] == row["record_id"]
                    and said["attribute"] == ATTRIBUTES[channel]
                    and said["observed_at"] <= self.as_of
                ]
        return any(same_address(channel, address, identifier) for address in known if address)

    def touches(self, lead: str) -> Iterator[Row]:
        """Nurture's own events of a lead that no robot made."""
        robots = {(row["source"], row["event_id"]) for row in self.tables["int_bot_verdicts"]}
        owned = {
            (row["source"], row["identifier"])
            for row in self.tables["int_identifier_owners"]
            if row["lead_id"] == lead and row["source"] != "web"
        }
        for event in self.tables["int_nurture_events"]:
            if event["occurred_at"] > self.as_of or (event["source"], event["event_id"]) in robots:
                continue
            if (event["source"], event["identifier"]) in owned or self.holds(
                lead, event["channel"], event["identifier"]
            ):
                _, program, step, content = event["campaign_id"].split("/")
                yield event | {"program": program, "step": int(step), "content_id": content or None}

    def sends(self, lead: str, program: str) -> dict[int, datetime]:
        """Steps of a programme that a lead was sent, with the last time."""
        sent: dict[int, datetime] = {}
        for touch in self.touches(lead):
            if touch["program"] == program and touch["event_type"] in ("sent", "delivered"):
                sent[touch["step"]] = max(touch["occurred_at"], sent.get(touch["step"], touch["occurred_at"]))
        return sent

    # what may be done

    def refusal(self, lead: str, channel: str) -> str | None:
        person = self.people[lead]
        for flag, reason in (("is_deleted", "deleted"), ("is_test", "test_record"), ("is_opted_out", "opted_out")):
            if person[flag]:
                return reason
        for row in self.tables["int_identified_activities"]:
            is_hers = row["lead_id"] == lead or self.holds(lead, channel, row["identifier"])
            if row["activity_type"] in OPT_OUTS and row["channel"] == channel and is_hers:
                return "unsubscribed"
        if any(
            (row["activity_type"], row["identifier"]) == ("email_bounced", self.address(lead, channel))
            for row in self.tables["int_identified_activities"]
        ):
            return "bounced"
        said = [
            (row["observed_at"] or datetime.min, not GIVES.get(row["value"], False))
            for row in self.tables["int_told_values"]
            if row["lead_id"] == lead and row["attribute"] == f"consent_{channel}"
        ]
        if said:
            return "refused" if max(said)[1] else None
        country = (person["country"] or "").strip().lower()
        rules = {
            (row["country"] or "").lower(): row for row in self.tables["consent_rules"] if row["channel"] == channel
        }
        if country and country not in self.zones and country not in rules:
            return "no_consent" if any(rule["is_consent_required"] for rule in rules.values()) else None
        return "no_consent" if rules.get(country, rules[""])["is_consent_required"] else None

    def contacts(self, lead: str) -> dict[tuple[str, date], int]:
        """How often each channel reached for a lead on each day: of what was sent and delivered the larger number."""
        counts: dict[tuple[str, date, str], int] = defaultdict(int)
        for row in self.tables["int_identified_activities"]:
            is_hers = row["lead_id"] == lead or self.holds(lead, row["channel"], row["identifier"])
            if row["activity_type"] in CONTACTS and is_hers:
                counts[row["channel"], row["activity_date"], row["activity_type"]] += 1
        for task in self.tables["int_lead_tasks"]:
            if task["lead_id"] == lead and task["activity_type"] == "task_call":
                counts["phone", task["created_at"].date(), "task_call"] += 1
        largest: dict[tuple[str, date], int] = defaultdict(int)
        for (channel, day, _), count in counts.items():
            largest[channel, day] = max(largest[channel, day], count)
        return largest

    def breaks_cap(self, lead: str, channel: str, day: date) -> bool:
        for cap in self.tables["frequency_caps"]:
            if cap["channel"] in (None, channel):
                first = day - timedelta(days=cap["within_days"])
                count = sum(
                    number
                    for (used, when), number in self.contacts(lead).items()
                    if first < when <= day and cap["channel"] in (None, used)
                )
                if count >= cap["at_most"]:
                    return True
        return False

    def place(self, lead: str) -> str:
        """The country as far as its clocks are known."""
        country = (self.people[lead]["country"] or "").strip().lower()
        return country if country in self.zones else ""

    def is_open(self, lead: str, channel: str, moment: datetime) -> bool:
        """Whether the clocks of every zone of the lead's country show an hour at which the channel may be used."""
        place = self.place(lead)
        rows = [row for row in self.tables["contact_hours"] if row["channel"] == channel]
        special = [row for row in rows if (row["country"] or "").lower() == place and row["country"]]
        rows = special or [row for row in rows if not row["country"]]

        def suits(zone: ZoneInfo) -> bool:
            local = moment.replace(tzinfo=UTC).astimezone(zone)
            return any(
                str(local.isoweekday()) in row["weekdays"].split("|")
                and (row["is_open_on_holidays"] or (place, local.date()) not in self.holidays)
                and row["from_hour"] <= local.hour < row["to_hour"]
                for row in rows
            )

        return all(suits(zone) for zone in self.zones[place])

    def seen(self, lead: str) -> set[str]:
        found = {touch["content_id"] for touch in self.touches(lead)}
        for view in self.tables["int_content_views"]:
            if view["first_at"] > self.as_of:
                continue
            owned = any(
                owner["source"] == view["source"]
                and owner["identifier"] == view["identifier"]
                and owner["lead_id"] == lead
                and (not owner.get("valid_from") or owner["valid_from"].date() <= view["activity_date"])
                and (not owner.get("valid_to") or owner["valid_to"].date() >= view["activity_date"])
                for owner in self.tables["int_identifier_owners"]
            )
            if owned or self.holds(lead, view["channel"], view["identifier"]):
                found.add(view["content_id"])
        return found - {None}

    # what is wanted

    def program(self, lead: str) -> Row | None:
        grade = next(
            row["grade"]
            for row in self.tables["lead_grades"]
            if row["lead_id"] == lead and row["scoring_model"] == "main"
        )
        stage = self.stage_group(lead)
        segments = {row["segment"] for row in self.tables["lead_segments"] if row["lead_id"] == lead}
        for rule in sorted(self.tables["program_rules"], key=lambda rule: int(rule["priority"])):
            fits = rule["grades"] is None or grade in rule["grades"].split("|")
            fits &= rule["stage_groups"] is None or stage in rule["stage_groups"].split("|")
            if fits and (rule["segment"] is None or rule["segment"] in segments):
                return rule
        return None

    def stage_group(self, lead: str) -> str | None:
        rows = [row for row in self.tables["lead_lifecycle"] if row["lead_id"] == lead]
        return next((row["stage_group"] for row in rows if row["lifecycle_model"] == "main"), None)

    def is_held_out(self, lead: str, rule: Row) -> bool:
        share = int(hashlib.md5(f"{lead}/{rule['program']}".encode()).hexdigest()[:4], 16) / 65536 * 100
        return bool(share < rule["hold_out_percent"])

    def open_steps(self, lead: str, program: str) -> list[tuple[Row, datetime]]:
        """Steps that come into question, in the order in which they are tried, with the moment when they are due."""
        steps = [row for row in self.tables["program_steps"] if row["program"] == program]
        sent = self.sends(lead, program)
        last_sent = max(sent.values(), default=None)
        series = {row["step"] for row in steps if not row["trigger_activity"]}
        known = {row["step"] for row in steps}
        last = max((step for step in sent if step in series or step not in known), default=0)
        found = []
        waited = timedelta()
        for row in sorted(steps, key=lambda row: int(row["step"])):
            if row["step"] in sent:
                continue
            days = [
                day
                for activity, day in self.done(lead)
                if activity == row["trigger_activity"]
                and (self.today - day).days < row["trigger_within_days"]
                and (last_sent is None or day >= last_sent.date())
            ]
            wait = timedelta(days=row["wait_days"])
            if days:
                found.append((0, row["step"], row, max(self.as_of, datetime.combine(max(days), time.min) + wait)))
            elif not row["trigger_activity"] and row["step"] > last:
                # whatever is passed over: the time between two contacts stays what it was meant to be
                waited += wait
                found.append((1, row["step"], row, max(self.as_of, last_sent + waited) if last_sent else self.as_of))
        return [(row, due) for _, _, row, due in sorted(found, key=lambda entry: entry[:2])]

    def done(self, lead: str) -> list[tuple[str, date]]:
        days = [
            (row["activity_type"], row["activity_date"])
            for row in self.tables["lead_activity_daily"]
            if row["lead_id"] == lead
        ]
        days += [
            (row["activity_type"], row["activity_date"])
            for row in self.tables["int_identified_activities"]
            if row["lead_id"] is None and row["is_engagement"] and row["bot_reason"] is None
            if self.holds(lead, row["channel"], row["identifier"])
        ]
        tasks = [row for row in self.tables["int_lead_tasks"] if row["lead_id"] == lead]
        return days + [(row["activity_type"], row["created_at"].date()) for row in tasks]

    def preferences(self, lead: str, aspect: str) -> dict[str, Row]:
        rows = self.tables["interest_profile"]
        return {row["value"]: row for row in rows if row["lead_id"] == lead and row["aspect"] == aspect}

    def content(self, lead: str, step: Row) -> str | None:
        industry = (self.people[lead]["industry"] or "").strip().lower()
        topics = self.preferences(lead, "topic")
        seen = self.seen(lead)
        fitting = []
        for content in self.tables["nurture_contents"]:
            fits = content["format"] in step["formats"].split("|")
            fits &= step["topics"] is None or content["topic"] in step["topics"].split("|")
            groups = content["stage_groups"]
            fits &= groups is None or self.stage_group(lead) in groups.split("|")
            fits &= content["industries"] is None or industry in content["industries"].split("|")
            if fits and content["content_id"] not in seen:
                rank = topics[content["topic"]]["preference_rank"] if content["topic"] in topics else 99
                fitting.append((rank, content["industries"] is None, content["content_id"]))
        return min(fitting)[2] if fitting else None

    def next_step(self, lead: str, program: str) -> tuple[Row, datetime, str, str | None] | None:
        """The first step that can be done at all, with its due moment, channel and content."""
        scores = self.preferences(lead, "channel")
        for step, due in self.open_steps(lead, program):
            channels = [
                channel
                for channel in step["channels"].split("|")
                if self.address(lead, channel) and self.refusal(lead, channel) is None
            ]
            content = self.content(lead, step) if step["formats"] else None
            if channels and (content or not step["formats"]):
                best = max(channels, key=lambda name: float(scores[name]["score"]) if name in scores else 0.25)
                return step, due, best, content
        return None

    def first_moment(self, lead: str, channel: str, due: datetime) -> datetime | None:
        """The first moment from then on, within the days planned, that neither a cap nor the hour speaks against."""
        end = self.as_of + timedelta(days=int(self.settings["plan_days"]))
        moment = due
        while moment < end:
            if not self.breaks_cap(lead, channel, moment.date()) and self.is_open(lead, channel, moment):
                return moment
            moment = _next_quarter(moment)
        return None

    def plan(self) -> list[Step]:
        """The whole plan."""
        steps: dict[tuple[str, str], tuple[Any, Step]] = {}
        for lead in self.people:
            rule = self.program(lead)
            if rule is None or self.is_held_out(lead, rule):
                continue
            found = self.next_step(lead, rule["program"])
            if found is None:
                continue
            step, due, channel, content = found
            earliest = self.first_moment(lead, channel, due)
            if earliest is None:
                continue
            latest = _next_quarter(earliest)
            while self.is_open(lead, channel, latest):
                latest = _next_quarter(latest)
            hours = [row["value"] for row in self.preferences(lead, "hour").values() if row["preference_rank"] == 1]
            wished = datetime.combine(earliest.date(), time(int(hours[0]))) if hours else earliest
            best = wished if earliest <= wished < latest else earliest
            address = self.address(lead, channel)
            assert address is not None
            planned = Step(lead, rule["program"], step["step"], channel, address, content, earliest, best, latest)
            claim = ((rule["priority"], earliest, lead), planned)
            place = (channel, last_digits(address) if channel in NUMBERS else address)
            steps[place] = min(claim, steps.get(place, claim), key=lambda entry: entry[0])
        return sorted((step for _, step in steps.values()), key=lambda step: step.lead_id)


def last_digits(number: str) -> str:
    """What of a number does not depend on where one calls from."""
    return "".join(filter(str.isdigit, number))[-8:]


def same_address(channel: str, one: str, other: str) -> bool:
    """Whether two spellings are one address."""
    if channel in NUMBERS:
        return last_digits(one) == last_digits(other)
    return one.strip().lower() == other.strip().lower()


def _next_quarter(moment: datetime) -> datetime:
    start = moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)
    return start + QUARTER
