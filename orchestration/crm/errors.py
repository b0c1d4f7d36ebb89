"""The two ways in which the CRM can fail to be there."""

from __future__ import annotations


class CrmError(RuntimeError):
    """Something went wrong that can be mended; the message says how."""


class NotAvailableHereError(CrmError):
    """This machine lacks something that we cannot or may not install. Exit code 3; tests skip."""
