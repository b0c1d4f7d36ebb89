"""Worlds that were thought of: each is one way in which what lands on one night changes what earlier nights said."""

from __future__ import annotations

from datetime import timedelta

from tests.increments.histories import START
from tests.increments.worlds import ANN, BOB, CY, HERE, HOME_IP, HUMAN, INFO, OFFICE_IP, Cell, Row, World

# Nights are a day apart, and this is the middle of the day before the first.
NOON = START - timedelta(hours=13)
PHONE = f"{HERE}-phone"


def _at(seconds: float = 0, days: float = 0) -> str:
    return f"{NOON + timedelta(days=days, seconds=seconds):%Y-%m-%d %H:%M:%S}"


def _lead(night: int, number: int, email: str | None, days: float = -9, **cells: Cell) -> Row:
    told = {"lead_id": f"{HERE}-{number}", "created_at": _at(days=-10), "updated_at": _at(days=days), "email": email}
    return Row("crm.leads", night, {**told, "title": "Director", **cells})


def _contact(night: int, number: int, email: str | None, **cells: Cell) -> Row:
    told = {"contact_id": f"{HERE}-{number}", "created_at": _at(days=-8), "updated_at": _at(days=-8), "email": email}
    return Row("crm.contacts", night, {**told, **cells})


def _email(night: int, event_id: str, event_type: str, seconds: float = 0, **cells: Cell) -> Row:
    told = {
        "recipient": ANN,
        "message_id": f"{HERE}-m",
        "user_agent": HUMAN,
        "ip": HOME_IP,
        "occurred_at": _at(seconds),
    }
    return Row("email.events", night, {"event_id": f"{HERE}-{event_id}", "event_type": event_type, **told, **cells})


def _web(night: int, event_id: str, seconds: float = 0, **cells: Cell) -> Row:
    told = {"anonymous_id": PHONE, "event_type": "page_view", "user_agent": HUMAN, "ip": HOME_IP}
    when = {"event_id": f"{HERE}-{event_id}", "occurred_at": _at(seconds), "url": f"/product/{HERE}"}
    return Row("web.events", night, {**told, **when, **cells})


def _message(night: int, event_id: str, recipient: str) -> Row:
    told = {"event_id": f"{HERE}-{event_id}", "occurred_at": _at(), "channel": "sms", "event_type": "clicked"}
    return Row("messaging.events", night, {**told, "recipient": recipient})


_ANN_IS_KNOWN = _lead(0, 1, ANN)
_BOB_IS_KNOWN = _lead(0, 2, BOB)
_CLICK = _email(0, "click", "clicked", url="/a")

CASES: dict[str, World] = {
    "a delivery that is told late makes a click too fast": (
        _ANN_IS_KNOWN,
        _email(0, "sent", "sent", -3600),
        _CLICK,
        _email(1, "delivered", "delivered", -2),
    ),
    "a delivery that is told late clears a click": (
        _ANN_IS_KNOWN,
        _email(0, "sent", "sent", -2),
        _CLICK,
        _email(1, "delivered", "delivered", -600),
    ),
    "a scanner that is told late taints what was done around it": (
        _ANN_IS_KNOWN,
        _CLICK,
        _web(0, "visit", 900),
        _email(1, "scan", "clicked", -900, recipient=BOB, http_method="HEAD", message_id=None),
    ),
    "a delivery that is told late clears a click and what was done from the same address": (
        _ANN_IS_KNOWN,
        _email(0, "sent", "sent", -2),
        _CLICK,
        _web(0, "visit", 900, email=ANN),
        _email(1, "delivered", "delivered", -600),
    ),
    "a burst of which the other clicks are told late": (
        _ANN_IS_KNOWN,
        _CLICK,
        _email(1, "second", "clicked", 5, url="/b"),
        _email(2, "third", "clicked", -4, url="/c"),
    ),
    "a device that says late who uses it": (
        _ANN_IS_KNOWN,
        _web(0, "before"),
        _web(1, "says", 3600, email=ANN, event_type="identified"),
    ),
    "a device that says late that another person took it at noon": (
        _ANN_IS_KNOWN,
        _BOB_IS_KNOWN,
        _web(0, "morning", -7200, email=ANN),
        _web(0, "evening", 7200),
        _web(1, "noon", 0, user_id=f"{HERE}-2"),
    ),
    "a device that said who uses it before that person was known": (
        _web(0, "says", email=ANN),
        _email(0, "open", "opened"),
        _lead(1, 1, ANN),
    ),
    "two leads that are merged later": (
        _ANN_IS_KNOWN,
        _BOB_IS_KNOWN,
        _CLICK,
        _email(0, "reply", "replied", recipient=BOB),
        _web(0, "says", user_id=f"{HERE}-2"),
        _lead(1, 2, BOB, days=0.7, master_record_id=f"{HERE}-1"),
    ),
    "a lead that becomes a contact later": (
        _ANN_IS_KNOWN,
        _contact(0, 7, CY),
        _email(0, "reply", "replied", recipient=CY),
        _lead(1, 1, ANN, days=0.7, converted_contact_id=f"{HERE}-7", converted_at=_at(days=0.7)),
    ),
    "a mailbox that a second person takes later speaks for neither": (
        _lead(0, 1, INFO),
        _email(0, "reply", "replied", recipient=INFO),
        _lead(1, 2, INFO, days=0.7),
    ),
    "a lead that changes its address to one that was active before": (
        _ANN_IS_KNOWN,
        _email(0, "open", "opened", recipient=CY),
        _lead(1, 1, CY, days=0.7),
    ),
    "a version that arrives after the one that follows it": (
        _lead(0, 1, ANN, days=-1, title="Student"),
        _CLICK,
        _lead(1, 1, BOB, days=-3, title="VP Sales"),
        _email(1, "open", "opened", -4 * 86400, recipient=BOB),
    ),
    "an id that a contact has too": (
        _ANN_IS_KNOWN,
        _message(0, "message", f"{HERE}-1"),
        _web(0, "says", user_id=f"{HERE}-1"),
        _contact(1, 1, BOB),
    ),
    "what lies ahead comes into view": (
        _ANN_IS_KNOWN,
        _CLICK,
        _web(0, "tomorrow", 86400, email=ANN),
        _email(0, "delivered", "delivered", 0, occurred_at=_at(days=1)),
        _email(0, "scan", "clicked", 0, occurred_at=_at(days=1), http_method="HEAD", recipient=CY),
        _email(0, "click 2", "clicked", 0, occurred_at=_at(days=1, seconds=3000), url="/pricing"),
        _lead(0, 1, BOB, days=1),
    ),
    "the same event again": (
        _ANN_IS_KNOWN,
        _CLICK,
        _CLICK,
        Row("email.events", 1, _CLICK.cells),
        _web(1, "v", email=ANN),
    ),
    "the same event again, of another content": (
        _ANN_IS_KNOWN,
        _CLICK,
        _email(1, "click", "replied", 7200),
    ),
    "the same event again, loaded before the first by its own account": (
        _ANN_IS_KNOWN,
        _email(0, "click", "clicked", loaded_at=_at(days=0.2)),
        _email(1, "click", "replied", 7200, loaded_at=_at(days=0.1)),
        _web(0, "visit", email=ANN, loaded_at=_at(days=0.2)),
        _web(1, "visit", 7200, email=BOB, loaded_at=_at(days=0.1)),
    ),
    "an old event that says it was loaded long ago": (
        _ANN_IS_KNOWN,
        _CLICK,
        _email(1, "reply", "replied", -3600, loaded_at=_at(days=-3)),
        _web(2, "visit", -3600, email=ANN, loaded_at=_at(days=-3)),
    ),
    "a bad row and then a good one, and the other way round": (
        _ANN_IS_KNOWN,
        _email(0, "one", "clicked", occurred_at="yesterday"),
        _email(1, "one", "clicked"),
        _email(0, "two", "replied"),
        _email(1, "two", "replied", recipient="nobody"),
    ),
    "robots that no earlier night has seen": (
        _ANN_IS_KNOWN,
        _web(0, "visit", email=ANN, ip=OFFICE_IP),
        _web(1, "crawl", 60, ip=OFFICE_IP, user_agent="Googlebot/2.1"),
        _email(1, "trap", "clicked", 600, ip=OFFICE_IP, url="/hp/1"),
        _web(2, "other", 60, ip=f"192.0.2.{HERE}", url=f"/pricing/{HERE}"),
    ),
    "a robot unsubscribes, and later the person does": (
        _ANN_IS_KNOWN,
        _email(0, "robot", "unsubscribed", http_method="HEAD"),
        _email(1, "person", "unsubscribed", 86400 / 2, ip=OFFICE_IP),
    ),
    "a lead that is deleted later": (_ANN_IS_KNOWN, _CLICK, _lead(1, 1, ANN, days=0.7, is_deleted="true")),
    "a silent lead whose points fade": (_ANN_IS_KNOWN, _email(0, "reply", "replied", -20 * 86400)),
}
