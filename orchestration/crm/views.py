"""Shows the grades on Odoo's own pages: three columns in the list of leads, a group on the form of a lead."""

from __future__ import annotations

from orchestration.odoo import Odoo

MODEL = "crm.lead"
LIST = """
<data>
    <xpath expr="/tree" position="attributes">
        <attribute name="default_order">{order}</attribute>
    </xpath>
    <xpath expr="//field[@name='name']" position="after">
        <field name="x_lead_grade" string="Grade"/>
        <field name="x_lead_score" string="Score" widget="integer"/>
        <field name="x_lead_grade_reason" string="Reason"/>
    </xpath>
    <xpath expr="//field[@name='contact_name']" position="after">
        <field name="function"/>
    </xpath>
    {hidden}
</data>
"""
HIDDEN_COLUMNS = ("create_date", "city", "country_id", "phone", "email_from", "stage_id", "user_id", "team_id")
"""Columns that give way to the reason, as far as this Odoo has them."""
FORM = """
<xpath expr="//sheet/group[1]" position="before">
    <group string="Lead grade" col="4">
        <field name="x_lead_grade" string="Grade" readonly="1"/>
        <field name="x_lead_score" string="Score" readonly="1" widget="integer"/>
        <field name="x_lead_grade_reason" string="Reason" readonly="1" colspan="4"/>
    </group>
</xpath>
"""
BEST_FIRST = "x_lead_grade, x_lead_score desc, id"
"""Records without a grade come last: PostgreSQL sorts what is empty behind A1 to D4, but before the highest number."""
TIPS = ("crm_tour", "mail_tour")
"""Odoo's pointers for beginners, which would lie over the page."""


def show_grades(odoo: Odoo) -> None:
    """Add the views, or bring them up to date. The fields of the sync must be there.

    Raises:
        OdooError: when Odoo refuses a view.
    """
    tree = _base_view(odoo, "crm_case_tree_view_leads")
    columns = odoo.call(MODEL, "fields_view_get", tree, "tree")["arch"]
    hidden = [name for name in HIDDEN_COLUMNS if f'name="{name}"' in columns]
    hide = '<xpath expr="//field[@name=\'{}\']" position="attributes"><attribute name="invisible">1</attribute></xpath>'
    _put_view(
        odoo, "leadhouse.lead.list", tree, LIST.format(order=BEST_FIRST, hidden="".join(map(hide.format, hidden)))
    )
    _put_view(odoo, "leadhouse.lead.form", _base_view(odoo, "crm_case_form_view_leads"), FORM)
    seen = odoo.call("web_tour.tour", "get_consumed_tours")
    odoo.call("web_tour.tour", "consume", [tip for tip in TIPS if tip not in seen])


def list_address(odoo: Odoo) -> str:
    """The path of the page with the list of leads."""
    _, action = odoo.call("ir.model.data", "get_object_reference", "crm", "crm_lead_all_leads")
    return f"/web#action={action}&model={MODEL}&view_type=list"


def form_address(odoo: Odoo, record: int) -> str:
    """The path of the page of one lead."""
    _, action = odoo.call("ir.model.data", "get_object_reference", "crm", "crm_lead_all_leads")
    return f"/web#id={record}&action={action}&model={MODEL}&view_type=form"


def _base_view(odoo: Odoo, name: str) -> int:
    _, view = odoo.call("ir.model.data", "get_object_reference", "crm", name)
    return int(view)


def _put_view(odoo: Odoo, name: str, base: int, content: str) -> None:
    view = {"name": name, "model": MODEL, "inherit_id": base, "mode": "extension", "arch_base": content}
    existing = odoo.call("ir.ui.view", "search", [["name", "=", name]])
    if existing:
        odoo.call("ir.ui.view", "write", existing, {"arch_base": content})
    else:
        odoo.call("ir.ui.view", "create", view)
