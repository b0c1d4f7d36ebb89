"""Runs inside Odoo's own Python (3.6), never in ours: what cannot be done from outside."""
# mypy: ignore-errors

import ast
import os
import shutil
import sys
from pathlib import Path

import odoo
import odoo.addons

WANTED = ("crm", "base", "web", "auth_crypt", "base_import", "web_kanban_gauge", "web_settings_dashboard")


def run_odoo(*arguments):
    """Odoo's own command line."""
    sys.argv = ["odoo", *arguments]
    odoo.cli.main()


def prune_addons():
    """Remove the add-ons that are not needed: some would install themselves and fail for want of their own parts."""
    folder = next(Path(path) for path in odoo.addons.__path__ if Path(path).parts[-2:] == ("odoo", "addons"))
    files = folder.glob("*/__manifest__.py")
    manifests = {path.parent.name: ast.literal_eval(path.read_text(encoding="utf-8")) for path in files}
    kept, waiting = set(), list(WANTED)
    while waiting:
        name = waiting.pop()
        if name in manifests and name not in kept:
            kept.add(name)
            waiting.extend(manifests[name].get("depends", ["base"]))
    for name, manifest in manifests.items():
        if manifest.get("auto_install") and set(manifest.get("depends", [])) <= kept:
            kept.add(name)
    for name in set(manifests) - kept:
        shutil.rmtree(str(folder / name))


def set_up_database(configuration, database):
    """Give the administrator the password of the environment, times in UTC, and the menu of leads."""
    odoo.tools.config.parse_config(["-c", configuration, "-d", database])
    with odoo.api.Environment.manage(), odoo.registry(database).cursor() as cursor:
        environment = odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})
        environment.user.write({"password": os.environ["LEADHOUSE_ODOO_PASSWORD"], "tz": "UTC"})
        environment["res.config.settings"].create({"group_use_lead": True}).execute()
        cursor.commit()


if __name__ == "__main__":
    {"run": run_odoo, "prune": prune_addons, "set-up": set_up_database}[sys.argv[1]](*sys.argv[2:])
