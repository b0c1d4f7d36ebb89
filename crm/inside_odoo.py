"""Runs inside Odoo's own Python (3.6 or 3.8), never in ours: what cannot be done from outside."""

import ast
import functools
import os
import shutil
import sys

WANTED = ("crm", "base", "web", "auth_crypt", "base_import", "web_kanban_gauge", "web_settings_dashboard")


def run_odoo(*arguments):
    """Odoo's own command line. Its templates are syntax trees of Python 3.6, which 3.8 refuses without two newer parts."""
    if sys.version_info >= (3, 8):
        ast.arguments = functools.partial(ast.arguments, posonlyargs=[])
        ast.Module = functools.partial(ast.Module, type_ignores=[])
    import odoo

    sys.argv = ["odoo", *arguments]
    odoo.cli.main()


def prune_addons():
    """Remove the add-ons that are not needed: some would install themselves and fail for want of their own parts."""
    import odoo.addons

    folder = next(path for path in odoo.addons.__path__ if path.endswith(os.path.join("odoo", "addons")))
    manifests = {}
    for name in os.listdir(folder):
        path = os.path.join(folder, name, "__manifest__.py")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                manifests[name] = ast.literal_eval(file.read())
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
        shutil.rmtree(os.path.join(folder, name))


def set_up_database(configuration, database):
    """Give the administrator the password of the environment, times in UTC, and the menu of leads."""
    import odoo

    odoo.tools.config.parse_config(["-c", configuration, "-d", database])
    with odoo.api.Environment.manage(), odoo.registry(database).cursor() as cursor:
        environment = odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})
        environment.user.write({"password": os.environ["LEADHOUSE_ODOO_PASSWORD"], "tz": "UTC"})
        environment["res.config.settings"].create({"group_use_lead": True}).execute()
        cursor.commit()


if __name__ == "__main__":
    {"run": run_odoo, "prune": prune_addons, "set-up": set_up_database}[sys.argv[1]](*sys.argv[2:])
