"""What holds for every file of the repository."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator

import pytest

from orchestration.home import CHECKOUT

# Folders of one machine, and addresses of package indexes: neither is the same anywhere else.
ONE_MACHINE_ONLY = {
    "a path of one machine": r"(?<![\w.:/}-])/(?:work|tmp|root|home|Users|mnt)/[\w.-]",
    "the address of a package index": r"https?://[\w.@:-]*(?:pypi|pythonhosted|artifactory|nexus|devpi)"
    r"|--(?:extra-)?index-url[= ]\s*https?",
}


def _files() -> Iterator[tuple[str, str]]:
    """Path and text of every file that is in the repository or would be added to it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = CHECKOUT / name
        if path.is_file():
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


@pytest.mark.parametrize("what", ONE_MACHINE_ONLY)
def test_no_file_knows_one_machine(what: str) -> None:
    if not (CHECKOUT / ".git").exists():
        pytest.skip("[may skip] not a git checkout")
    files = list(_files())
    assert len(files) > 100
    found = [
        f"{name}:{content.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for name, content in files
        for match in re.finditer(ONE_MACHINE_ONLY[what], content)
    ]
    assert not found, f"{what} in\n" + "\n".join(found)


def test_no_link_is_in_the_repository() -> None:
    # A link to one machine's environment was committed, and the next checkout put it in the place of the environment.
    if not (CHECKOUT / ".git").exists():
        pytest.skip("[may skip] not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=CHECKOUT, capture_output=True, check=True, text=True)
    assert [line.partition("\t")[2] for line in listed.stdout.splitlines() if line.startswith("120000")] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *(name for extra in project["project"]["optional-dependencies"].values() for name in extra),
        *(name for group in project["dependency-groups"].values() for name in group),
    ]
    names = {re.split(r"[\[=<>~! ]", line, maxsplit=1)[0].lower() for line in wanted}
    rows = re.findall(
        r"^\|([^|]+)\|([^|]+)\|", (CHECKOUT / "docs" / "decisions.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    explained = {
        cell.split()[0].lower() for first, reason in rows if reason.strip() for cell in first.split(",") if cell.split()
    }
    assert names <= explained, f"docs/decisions.md does not say why: {', '.join(sorted(names - explained))}"


@pytest.mark.parametrize(("lock_file", "extras"), [("requirements.lock", []), ("requirements-spark.lock", ["spark"])])
def test_every_dependency_is_locked(lock_file: str, extras: list[str]) -> None:
    """Each with its version and at least one hash."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *(name for extra in extras for name in project["project"]["optional-dependencies"][extra]),
        *(name for group in project["dependency-groups"].values() for name in group),
    ]
    lock = (CHECKOUT / lock_file).read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==(\S+)[^\n]*\\\n\s+--hash=sha256:", lock, re.MULTILINE))
    for line in wanted:
        name, _, version = (part.strip() for part in re.sub(r"\[.*\]", "", line).partition("=="))
        assert name.lower() in locked, f"{name} is not in {lock_file}"
        assert version in ("", locked[name.lower()]), (
            f"{name}: pyproject says {version}, the lock {locked[name.lower()]}"
        )
