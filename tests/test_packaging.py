"""What is installed is what was locked, ours is what is imported, and the packages keep to their borders."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("runner", "adapters", "schema", "resolvers", "web")
NPM_LOCKS = (ROOT / "web/client/package-lock.json", ROOT / "tests/e2e/opencode/package-lock.json")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_our_name(package: str) -> None:
    assert set(packages_distributions().get(package, ())) <= {"stepwire"}


@pytest.mark.parametrize("package", PACKAGES)
def test_our_package_is_the_one_imported(package: str) -> None:
    spec = find_spec(package)

    assert spec is not None
    assert spec.origin == str(ROOT / package / "__init__.py")


def test_our_migrations_do_not_hide_alembic() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda lock: lock.name)
def test_a_lock_file_names_no_host(lock: Path) -> None:
    assert "://" not in lock.read_text()


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda lock: lock.parent.name)
def test_an_npm_lock_file_names_no_registry(lock: Path) -> None:
    entries = json.loads(lock.read_text())["packages"]

    # A package may say whom to thank, under "funding"; where it was fetched from stands under "resolved".
    assert [name for name, entry in entries.items() if "://" in str(entry.get("resolved"))] == []


@pytest.mark.parametrize(("lock", "groups"), [("run", ()), ("dev", ("dev",)), ("build", ("build",)), ("uv", ("uv",))])
def test_a_lock_file_holds_what_is_asked_for(lock: str, groups: tuple[str, ...]) -> None:
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / f"{lock}.txt").read_text(), re.MULTILINE)
    locked = {canonicalize_name(name): version for name, version in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [entry for group in groups for entry in project["dependency-groups"][group]]
    if lock in {"run", "dev"}:
        wanted += project["project"]["dependencies"]

    requirements = [Requirement(entry) for entry in wanted]

    outdated = [
        str(requirement)
        for requirement in requirements
        if not requirement.specifier.contains(locked.get(canonicalize_name(requirement.name), "0"))
    ]
    assert outdated == [], "write the lock files anew: scripts/lock"


@pytest.mark.parametrize("script", ["run", "test", ".ci/run", "scripts/lock", "scripts/set-up"])
def test_a_script_is_executable(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


def test_runner_imports_nothing_but_itself_and_the_standard_library() -> None:
    imported = {
        (str(file.relative_to(ROOT)), name) for file in (ROOT / "runner").rglob("*.py") for name in _imports(file)
    }

    assert {(file, name) for file, name in imported if name not in sys.stdlib_module_names | {"runner"}} == set()


def test_the_environment_is_read_in_settings_alone() -> None:
    readers = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if "node_modules" not in file.parts and _reads_environment(file)
    }

    assert readers <= {"web/settings.py"}


@pytest.mark.slow
def test_the_wheel_holds_our_packages_and_the_migrations(tmp_path: Path) -> None:
    uv = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--build-constraints", "requirements/build.txt"]
    environment = {**os.environ, "STEPWIRE_SKIP_CLIENT": "1"}
    subprocess.run([*uv, "--out-dir", str(tmp_path)], cwd=ROOT, env=environment, check=True)

    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()

    folders = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert folders == set(PACKAGES)
    assert "adapters/database/_migrations/env.py" in names
    assert [name for name in names if name.startswith("web/client/") or "__pycache__" in name] == []


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        match node:
            case ast.Import():
                yield from (alias.name.split(".")[0] for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.split(".")[0]


def _reads_environment(file: Path) -> bool:
    for node in ast.walk(ast.parse(file.read_bytes())):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "getenv"):
                return True
            case ast.ImportFrom(module="os", names=names) if {"environ", "getenv"} & {alias.name for alias in names}:
                return True
    return False
