"""How Odoo's records become rows of the raw contract: which field is which column, and what a value means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.odoo import CUSTOM_PREFIX

CUSTOM_TYPES = ("char", "text", "selection", "float", "integer", "monetary", "boolean", "date", "datetime", "many2one")
UNKNOWN_WHEN_ZERO = ("annual_revenue", "employee_count")
"""Odoo has no empty number. Nobody records that a company earns or employs nothing, so zero means not known here."""

Row = dict[str, Any]
Names = Mapping[int, str]


def text(value: Any) -> str | None:
    """Text; Odoo's false and blanks are none."""
    return (str(value).strip() or None) if value not in (None, False) else None


def name(value: Any) -> str | None:
    """The name of the record that a many2one points to, given as ``[id, name]``."""
    return text(value[1]) if value else None


def reference(value: Any) -> str | None:
    """The id of the record that a many2one points to."""
    return str(value[0]) if value else None


@dataclass(frozen=True)
class OdooTable:
    """One raw table and the model that it comes from.

    Attributes:
        table: the raw table in landing.
        key: its id column.
        model: Odoo's model.
        domain: which of the model's records; in Odoo's own notation.
        columns: column to Odoo's field and what makes one from the other.
        tags: the model of the records in ``tag_field``.
        tag_field: the many2many field whose names become the column ``tags``.
        finish: the columns that need more than one field.
        needs: fields that ``finish`` looks at besides the ones in ``columns``.
    """

    table: str
    key: str
    model: str
    domain: list[Any]
    columns: Mapping[str, tuple[str, Callable[[Any], Any]]]
    tag_field: str
    tags: str
    finish: Callable[[Row], Row]
    needs: tuple[str, ...]

    def fields(self, existing: Mapping[str, str]) -> list[str]:
        """The fields to read, of those that this Odoo has (name to type)."""
        wanted = {field for field, _ in self.columns.values()} | {self.tag_field, *self.needs}
        custom = {name for name, kind in existing.items() if name.startswith(CUSTOM_PREFIX) and kind in CUSTOM_TYPES}
        return sorted((wanted & set(existing)) | custom)

    def row(self, record: Row, types: Mapping[str, str], tag_names: Names) -> Row:
        """The raw row of a record. A custom field ``x_name`` is the column ``name``, unless a standard field is."""
        row: Row = {self.key: str(record["id"])}
        row |= {column: convert(record.get(field)) for column, (field, convert) in self.columns.items()}
        row |= self.finish(record)
        row["tags"] = (
            "|".join(sorted(tag_names[tag] for tag in record.get(self.tag_field) or [] if tag in tag_names)) or None
        )
        for field, value in record.items():
            column = field.removeprefix(CUSTOM_PREFIX)
            if field.startswith(CUSTOM_PREFIX) and column not in row:
                row[column] = _custom(column, types[field], value)
        return row


def _custom(column: str, kind: str, value: Any) -> Any:
    if kind == "many2one":
        return name(value)
    if kind in ("float", "integer", "monetary"):
        return None if column in UNKNOWN_WHEN_ZERO and not value else value
    return bool(value) if kind == "boolean" else text(value)


def _person(full_name: Any) -> Row:
    """First and last name. Odoo keeps one field; a single word is taken as the last name."""
    first, _, last = (text(full_name) or "").rpartition(" ")
    return {"first_name": text(first), "last_name": text(last)}


def _finish_lead(record: Row) -> Row:
    # in Odoo a lead that was converted stays the same record, of another type
    is_converted = record.get("type") == "opportunity"
    return {
        **_person(record.get("contact_name")),
        "phone": text(record.get("phone")) or text(record.get("mobile")),
        "status": name(record.get("stage_id")) if record.get("active") else "Lost",
        "converted_at": text(record.get("date_conversion")) if is_converted else None,
        "converted_contact_id": reference(record.get("partner_id")) if is_converted else None,
        "converted_opportunity_id": str(record["id"]) if is_converted else None,
        "is_deleted": False,
    }


def _finish_contact(record: Row) -> Row:
    return {
        **_person(record.get("name")),
        "phone": text(record.get("phone")) or text(record.get("mobile")),
        "is_deleted": False,
    }


LEADS = OdooTable(
    table="leads",
    key="lead_id",
    model="crm.lead",
    domain=[],
    columns={
        "created_at": ("create_date", text),
        "updated_at": ("write_date", text),
        "email": ("email_from", text),
        "company": ("partner_name", text),
        "website": ("website", text),
        "title": ("function", text),
        "country": ("country_id", name),
        "lead_source": ("source_id", name),
        "campaign_id": ("campaign_id", name),
        "owner_id": ("user_id", reference),
        "is_opted_out": ("opt_out", bool),
    },
    tag_field="tag_ids",
    tags="crm.lead.tag",
    finish=_finish_lead,
    needs=("contact_name", "phone", "mobile", "stage_id", "active", "type", "date_conversion", "partner_id"),
)

CONTACTS = OdooTable(
    table="contacts",
    key="contact_id",
    model="res.partner",
    # companies are no persons, and the partners of Odoo's own users are colleagues
    domain=[["is_company", "=", False], ["user_ids", "=", False]],
    columns={
        "created_at": ("create_date", text),
        "updated_at": ("write_date", text),
        "email": ("email", text),
        "account_id": ("parent_id", reference),
        "company": ("commercial_company_name", text),
        "website": ("website", text),
        "title": ("function", text),
        "industry": ("industry_id", name),
        "country": ("country_id", name),
        "owner_id": ("user_id", reference),
        "is_opted_out": ("opt_out", bool),
    },
    tag_field="category_id",
    tags="res.partner.category",
    finish=_finish_contact,
    needs=("name", "phone", "mobile"),
)

TABLES = (LEADS, CONTACTS)
