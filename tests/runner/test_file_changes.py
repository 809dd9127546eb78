"""What was changed is counted whole and shown in part: 300 files, 200 lines of each, 64 kB in all."""

from collections.abc import Callable

import pytest

from runner.file_changes import (
    MOST_BYTES,
    MOST_FILES,
    ChangeSource,
    FileChange,
    FileChanges,
    FileStatus,
    bounded,
    of_files,
    total,
    unknown_changes,
)
from runner.redaction import Redactor


def a_file(path: str = "a", diff: str = "", **says: object) -> FileChange:
    values: dict[str, object] = {"path": path, "status": FileStatus.MODIFIED, "diff": diff, **says}
    return FileChange(**values)  # type: ignore[arg-type]


def of(*files: FileChange) -> FileChanges:
    return of_files(ChangeSource.GIT, files)


def without(secret: str) -> Callable[[str], str]:
    return lambda text: text.replace(secret, "[gone]")


def lines(count: int, length: int = 4) -> str:
    return "\n".join("+" * length for _ in range(count))


def test_files_are_in_order_and_summed_up() -> None:
    found = of(a_file("b", added=2, removed=1), a_file("a", added=40))

    assert [file.path for file in found.files] == ["a", "b"]
    assert (found.count, found.added, found.removed, found.truncated) == (2, 42, 1, False)


def test_what_is_small_stays_as_it_is() -> None:
    found = of(a_file(diff=lines(200)), a_file("b", previous_path="c"))

    assert bounded(found) == found


def test_of_many_files_the_first_are_shown_and_all_are_counted() -> None:
    found = bounded(of(*(a_file(f"{number:05}", added=1) for number in range(10_000))))

    assert (len(found.files), found.count, found.added, found.truncated) == (MOST_FILES, 10_000, 10_000, True)


def test_a_long_diff_is_cut_at_a_line() -> None:
    [file] = bounded(of(a_file(diff=lines(201)))).files

    assert file.diff == lines(200)
    assert file.truncated


def test_a_long_line_is_cut() -> None:
    [file] = bounded(of(a_file(diff="+" + "x" * 100_000))).files

    assert file.diff == "+" + "x" * 1999 + "…"
    assert file.truncated


def test_all_diffs_together_are_not_longer_than_they_may_be() -> None:
    found = bounded(of(*(a_file(str(number), lines(200, 100)) for number in range(10))))

    assert sum(len(file.diff.encode()) for file in found.files) <= MOST_BYTES
    assert [file.truncated for file in found.files] == [False] * 3 + [True] * 7
    assert found.files[-1].diff == ""


def test_a_secret_is_taken_out_before_anything_is_cut() -> None:
    secret = "\n".join(f"+key {number}" for number in range(300))
    found = bounded(of(a_file(f"of {secret}", f"@@\n{secret}\n+end", previous_path=secret)), without(secret))

    assert found.files == (a_file("of [gone]", "@@\n[gone]\n+end", previous_path="[gone]"),)
    assert bounded(unknown_changes(secret), without(secret)).unknown == "[gone]"


@pytest.mark.parametrize("sign", "+- ")
def test_a_key_is_found_whatever_became_of_its_lines(sign: str) -> None:
    key = ["-----BEGIN RSA PRIVATE KEY-----", *(["MIIEpAIBAAKCAQEA" + "Ab3" * 16] * 4), "-----END RSA PRIVATE KEY-----"]
    diff = "\n".join(["@@ -1 +1 @@", "-password = 'hunter2hunter2'", *(sign + line for line in key), "+end", "-gone"])

    [file] = bounded(of(a_file(diff=diff)), Redactor(["hunter2hunter2"])).files

    assert file.diff == "\n".join(
        [
            "@@ -1 +1 @@",
            "-password = '[redacted:configured]'",
            f"{sign}[redacted:private-key]",
            "+end",
            "-gone",
        ]
    )


def test_a_key_of_which_a_line_was_changed_is_found() -> None:
    line = "MIIEpAIBAAKCAQEA" + "Ab3" * 16
    diff = "\n".join(
        ["@@", " -----BEGIN PRIVATE KEY-----", f"-{line}", f"+{line}", f" {line}", " -----END PRIVATE KEY-----"]
    )

    [file] = bounded(of(a_file(diff=diff)), Redactor()).files

    assert file.diff == "@@\n [redacted:private-key]"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "no files changed"), (1, "1 file changed, +40 −2"), (3, "3 files changed, +40 −2")],
)
def test_in_words(count: int, words: str) -> None:
    assert total(count, 40, 2) == words
