"""Landing: what arrived becomes raw tables. See docs/landing.md."""

from orchestration.landing.load import LoadReport, Progress, TableLoad, register
from orchestration.landing.register import RegisteredFile

__all__ = ["LoadReport", "Progress", "RegisteredFile", "TableLoad", "register"]
