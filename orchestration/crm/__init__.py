"""A real CRM to grade leads in: installs, starts, fills and photographs an Odoo 11 of its own on this machine."""
