"""A report is written whole, beside its place and then into it: nobody else's file is touched, and none is lost."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from sigcheck.cli.report_file import report_file, report_files
from sigcheck.errors import UsageProblem
from tests.commandline import sigcheck

TEXT = "the report ✓\n"


def mode(path):
    """Give the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    """Give what is in a folder."""
    return sorted(each.name for each in folder.iterdir())


def test_a_new_report_is_made_as_any_new_file(tmp_path):
    """Its permissions are those that the umask leaves, and nothing else is left behind."""
    mask = os.umask(0o027)
    try:
        report_file(str(tmp_path / "r.txt")).write(TEXT)
    finally:
        os.umask(mask)
    assert ((tmp_path / "r.txt").read_text(), mode(tmp_path / "r.txt")) == (TEXT, 0o640)
    assert names(tmp_path) == ["r.txt"]


@pytest.mark.parametrize("permissions", [0o600, 0o644, 0o664])
def test_the_mode_of_the_one_before_is_kept(tmp_path, permissions):
    """A report that nobody else may read stays one."""
    path = tmp_path / "r.json"
    path.write_text("before")
    path.chmod(permissions)
    report_file(str(path)).write(TEXT)
    assert (path.read_text(), mode(path)) == (TEXT, permissions)


def test_no_file_beside_it_is_touched(tmp_path):
    """Files that are called as a temporary one might be are somebody's."""
    for name in ("r.txt.partial", ".r.txt.swp", "r.txt~", ".r.txt.tmp"):
        (tmp_path / name).write_text("mine")
    report_file(str(tmp_path / "r.txt")).write(TEXT)
    (tmp_path / "r.txt").unlink()
    assert {each.read_text() for each in tmp_path.iterdir()} == {"mine"}
    assert len(names(tmp_path)) == 4


@pytest.mark.parametrize("there", [True, False], ids=["file", "nothing-yet"])
def test_a_link_is_followed_and_stays_one(tmp_path, there):
    """What it points to is written, beside itself, with its own mode."""
    (tmp_path / "kept").mkdir()
    target = tmp_path / "kept" / "latest.txt"
    if there:
        target.write_text("before")
        target.chmod(0o600)
    link = tmp_path / "r.txt"
    link.symlink_to(target)
    report_file(str(link)).write(TEXT)
    assert link.is_symlink()
    assert target.read_text() == TEXT
    assert not there or mode(target) == 0o600
    assert names(tmp_path / "kept") == ["latest.txt"]


def test_a_link_that_comes_during_the_run_is_not_followed(tmp_path):
    """Whoever puts it there does not make us overwrite what it points to."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path = tmp_path / "r.txt"
    place = report_file(str(path))
    path.symlink_to(victim)
    place.write(TEXT)
    assert (victim.read_text(), path.read_text(), path.is_symlink()) == ("mine", TEXT, False)


def test_a_folder_that_is_swapped_during_the_run_is_not_written_to(tmp_path):
    """The folder is the one that was there when the run began."""
    folder, elsewhere = tmp_path / "reports", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "r.txt").write_text("mine")
    place = report_file(str(folder / "r.txt"))
    folder.rename(tmp_path / "moved")
    folder.symlink_to(elsewhere)
    place.write(TEXT)
    assert (elsewhere / "r.txt").read_text() == "mine"
    assert (tmp_path / "moved" / "r.txt").read_text() == TEXT


def test_a_pipe_is_written_to(tmp_path):
    """A named pipe is no file to replace: its reader gets the report."""
    pipe = tmp_path / "r.txt"
    os.mkfifo(pipe)
    got = []
    thread = threading.Thread(target=lambda: got.append(pipe.read_text()))
    thread.start()
    report_file(str(pipe)).write(TEXT * 10_000)
    thread.join(10)
    assert got == [TEXT * 10_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_is_written_to(tmp_path):
    """A link to /dev/null stays one, and swallows the report."""
    (tmp_path / "r.txt").symlink_to("/dev/null")
    report_file(str(tmp_path / "r.txt")).write(TEXT)
    assert Path("/dev/null").is_char_device()
    assert (tmp_path / "r.txt").is_symlink()


def test_a_full_disk_leaves_the_report_elsewhere(tmp_path):
    """The error says where it was written instead."""
    (tmp_path / "r.json").symlink_to("/dev/full")
    arguments = ("verify", "http://127.0.0.1:1/", "--allow-private", "--only", "reach", "--report", tmp_path / "r.json")
    done = sigcheck(*arguments, environment={"TMPDIR": str(tmp_path)})
    (kept,) = [each for each in tmp_path.iterdir() if each.name.startswith("sigcheck-")]
    assert done.code == 2
    assert f"r.json' cannot be written (No space left on device): it was written to {kept} instead" in done.err
    assert json.loads(kept.read_text())["verdict"] == "non-compliant"
    assert mode(kept) == 0o600


def test_what_cannot_be_a_report_is_told_before_the_run(tmp_path):
    """A folder, a circle of links, a missing folder behind a link, a name that is too long or has a NUL in it."""
    (tmp_path / "d.txt").mkdir()
    (tmp_path / "circle.txt").symlink_to(tmp_path / "circle.txt")
    (tmp_path / "nowhere.txt").symlink_to(tmp_path / "no" / "r.txt")
    reasons = {
        "d.txt": "it is a folder",
        "circle.txt": "symbolic links",
        "nowhere.txt": "there is no folder",
        f"{'x' * 300}.txt": "File name too long",
        "a\0b.txt": "no file can have this name",
    }
    for name, reason in reasons.items():
        with pytest.raises(UsageProblem, match=reason):
            report_file(f"{tmp_path}/{name}")
    assert names(tmp_path) == ["circle.txt", "d.txt", "nowhere.txt"]


def test_a_name_may_be_as_long_as_names_can_be(tmp_path):
    """The file beside it has a name of its own."""
    path = tmp_path / f"{'x' * 251}.txt"
    report_file(str(path)).write(TEXT)
    assert path.read_text() == TEXT


def test_the_file_of_stdout_is_no_report(tmp_path):
    """The two would overwrite each other."""
    path = tmp_path / "r.txt"
    done = sigcheck("verify", "http://127.0.0.1:1/", "--report", path, shell=f'"$@" > {path}')
    assert done.code == 2
    assert "is the file that stdout or stderr goes to: give it another name" in done.err


@pytest.mark.parametrize(
    ("given", "path", "form"),
    [
        ("a.json", "a.json", "json"),
        ("json=a.txt", "a.txt", "json"),
        ("text=a", "a", "text"),
        ("k=v.json", "k=v.json", "json"),
        ("A.TXT", "A.TXT", "text"),
    ],
)
def test_the_format_is_named_or_that_of_the_suffix(given, path, form, tmp_path, monkeypatch):
    """FORMAT=FILE wins over the suffix; a file whose own name has an equals sign is a file."""
    monkeypatch.chdir(tmp_path)
    place = report_file(given)
    place.write(TEXT)
    assert (place.format_name, names(tmp_path)) == (form, [path])


NO_FILES = {
    "": "no known suffix",
    "junit=": "--report junit= names no file: write --report junit=FILE",
    "text=-": "--report - is not a file: choose the report on stdout with --format, or write ./- for the file",
    "markdown=-": "--report - is not a file",
    "-": "--report - is not a file",
}


@pytest.mark.parametrize("given", NO_FILES)
def test_what_names_no_file_is_refused_before_the_run(given, tmp_path, monkeypatch):
    """Nothing is written under an odd name, and no run is lost."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageProblem) as refused:
        report_file(given)
    assert NO_FILES[given] in str(refused.value)
    assert names(tmp_path) == []


@pytest.mark.parametrize("second", ["r.json", "json=./r.json", "text=there/r.json", "link.json"])
def test_two_reports_in_one_file_are_refused_before_the_run(second, tmp_path, monkeypatch):
    """The second would take the place of the first, by whatever name the file is called."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").symlink_to(tmp_path)
    (tmp_path / "link.json").symlink_to(tmp_path / "r.json")
    with pytest.raises(UsageProblem, match=r"--report names .*: give each report a file of its own"):
        report_files(["r.json", second])


@pytest.mark.parametrize("command", ["verify", "report", "chain", "allowlist check"])
def test_every_command_refuses_two_reports_in_one_file(command, tmp_path):
    """Before it reads or sends anything."""
    arguments = {
        "verify": ["http://127.0.0.1:1/", "--allow-private"],
        "report": ["absent.json"],
        "chain": ["absent.pem", "--host", "h"],
        "allowlist check": ["absent.txt"],
    }[command]
    given = ["--report", str(tmp_path / "r.json"), "--report", f"text={tmp_path / 'r.json'}"]
    done = sigcheck(*command.split(), *arguments, *given)
    assert (done.code, done.out, names(tmp_path)) == (2, "", [])
    assert "r.json' twice: give each report a file of its own" in done.err


def test_two_reports_beside_each_other_are_two(tmp_path):
    """Files of one folder, and files of one name in two folders."""
    (tmp_path / "b").mkdir()
    given = [f"{tmp_path}/r.json", f"{tmp_path}/r.txt", f"{tmp_path}/b/r.json", "text=/dev/null", "json=/dev/null"]
    assert len(report_files(given)) == 5


def test_a_file_without_a_known_suffix_needs_a_format():
    """The error names the suffixes and the formats."""
    with pytest.raises(UsageProblem) as refused:
        report_file("out.bin")
    assert "--report has no known suffix: end it in one of .txt, .json" in str(refused.value)
    assert "or write FORMAT=FILE with one of text, json" in str(refused.value)
