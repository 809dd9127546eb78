"""Pipelines work, and people look, only below the configured roots, wherever a link may lead."""

from pathlib import Path

import pytest

from runner.directories import Unusable, WorkingDirectories, overlap


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("root/app/.git", "root/app/src", "root/.hidden", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "root/file").write_text("x")
    (tmp_path / "root/link").symlink_to(tmp_path / "elsewhere")
    return tmp_path / "root"


def test_a_directory_lists_those_in_it_and_tells_repositories(root: Path) -> None:
    listing = WorkingDirectories([str(root)]).listing(str(root))

    assert (listing.path, listing.parent) == (str(root), None)
    assert [(entry.name, entry.is_repository) for entry in listing.entries] == [("app", True), ("link", False)]


def test_one_may_go_up_as_far_as_the_root(root: Path) -> None:
    listing = WorkingDirectories([str(root)]).listing(str(root / "app"))

    assert listing.parent == str(root)
    assert listing.is_repository


def test_without_a_directory_it_begins_at_a_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(root.parent / "elsewhere"))

    assert WorkingDirectories([str(root)]).listing(None).path == str(root)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("link", "outside of where pipelines may work"),
        ("..", "outside of where pipelines may work"),
        ("nowhere", "does not exist"),
        ("file", "is a file"),
        ("a\x00b", "does not exist"),
    ],
)
def test_what_will_not_do_is_explained(root: Path, path: str, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        WorkingDirectories([str(root)]).listing(f"{root}/{path}")


def test_only_roots_demand_that_a_directory_is_named(root: Path) -> None:
    both = WorkingDirectories([str(root), str(root / "app")])

    assert both.demanded == f"Name the directory to work in; pipelines may work below {root}, {root}/app."
    assert WorkingDirectories(["/", str(root)]).demanded is None


def test_a_relative_path_is_none_of_ours(root: Path) -> None:
    with pytest.raises(Unusable, match="not an absolute path"):
        WorkingDirectories([str(root)]).checked("app")


@pytest.mark.parametrize("home", ["/no/such/home", ""])
def test_without_a_home_it_begins_at_a_root(root: Path, home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", home)

    assert WorkingDirectories([str(root)]).listing(None).path == str(root)


def test_a_directory_that_cannot_be_listed_is_explained(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refuse)

    with pytest.raises(Unusable, match="cannot be listed: Permission denied"):
        WorkingDirectories([str(root)]).listing(str(root))


def test_what_cannot_be_looked_into_is_no_repository(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)

    listing = WorkingDirectories([str(root)]).listing(str(root))

    assert [entry.is_repository for entry in listing.entries] == [False, False]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("app", "app", True), ("app", "app/src", True), ("app", "ap", False), ("app", "application", False)],
)
def test_directories_overlap_when_one_lies_in_the_other(root: Path, one: str, other: str, expected: bool) -> None:
    first, second = str(root / one), str(root / other)

    assert (overlap(first, second), overlap(second, first)) == (expected, expected)


def test_a_link_overlaps_with_what_it_leads_to(root: Path) -> None:
    assert overlap(str(root / "link"), str(root.parent / "elsewhere"))


@pytest.mark.parametrize("target", ["planted", "nowhere", "x" * 300, "one/one/one"])
def test_a_link_that_leads_nowhere_does_not_hide_its_neighbours(root: Path, target: str) -> None:
    before = WorkingDirectories([str(root)]).listing(str(root)).entries
    (root / "planted").symlink_to(target)

    assert WorkingDirectories([str(root)]).listing(str(root)).entries == before
