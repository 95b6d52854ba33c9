"""Reads the firewall rules that a user names, and says what they mean for a callback."""

from collections.abc import Sequence
from glob import escape, has_magic, iglob
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from sigcheck.allowlist.check import check
from sigcheck.allowlist.judgement import Judgement
from sigcheck.allowlist.question import File, Question
from sigcheck.allowlist.ruleset import Line
from sigcheck.allowlist.words import MOST_LINES, shortened
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input, read_stdin
from sigcheck.model.evidence import Target
from sigcheck.model.network import AllowlistFacts
from sigcheck.policy import Policy

LARGEST_FILE = 32 * 2**20
"""Bytes of rules. Those of whole countries have some megabytes; more is a mistake, or an attack on our memory."""

MOST_INCLUDED = 500


def read_allowlist(names: Sequence[str], policy: Policy, target: Target) -> AllowlistFacts:
    """Give what firewall rules say of the policy's ranges and a callback's port; raises UsageProblem."""
    question = Question(policy.ranges, target.port, target.host, urlsplit(target.url).path or "/", None)
    judged = check([read_rules(name, what="--allowlist") for name in names], question, None, include).judgement
    return facts_of(judged, names)


def facts_of(judged: Judgement, names: Sequence[str]) -> AllowlistFacts:
    """Give what the judgement on files of these names is for the rules and a report."""
    unclear = [f"{_place(each.line)}: {each.reason}" for each in judged.not_understood if each.matters]
    return AllowlistFacts(
        verdict=judged.verdict,
        files=tuple("stdin" if name == "-" else name for name in names),
        missing=judged.missing,
        decides=None if judged.decides is None else _place(judged.decides),
        unclear=tuple(unclear[:MOST_LINES]),
    )


def _place(line: Line) -> str:
    # A rule in JSON is found by its place; its text is long, and nobody wrote it so.
    return f"{line.where}: {shortened(line.text)}" if line.text and line.number is not None else line.where


def read_rules(name: str, *, what: str = "FILE", may_be_empty: bool = False) -> File:
    """Give a file of rules, standard input for -; raises UsageProblem."""
    fix = "name a file with rules, or - for standard input"
    if name == "-":
        name, raw = "stdin", read_stdin(fix=fix, limit=LARGEST_FILE)
    else:
        raw = read_input(name, what=what, fix=fix, limit=LARGEST_FILE)
    if not raw.strip() and not may_be_empty:
        raise UsageProblem(f"{name} is empty", "export the rules again, perhaps as root")
    # Bytes that are no UTF-8 can only stand in comments and names; they must not hide the rest.
    return File(name, raw.decode("utf-8-sig", "replace"))


def include(pattern: str, beside: str) -> tuple[File, ...] | None:
    """Find included files beside the file, or one folder up, where nginx and Apache keep their root."""
    here = Path(beside).parent
    for folder in (here, here.parent):
        wanted = folder / pattern
        try:
            if has_magic(pattern):
                # As glob(3) does: no hidden files, and ** is no more than *.
                every = pattern if Path(pattern).is_absolute() else f"{escape(str(folder))}/{pattern}"
                names = (name for name in iglob(every) if Path(name).is_file())  # noqa: PTH207 - Path.glob is not glob(3)
                found = sorted(islice(names, MOST_INCLUDED + 1))
                if len(found) > MOST_INCLUDED:
                    return None  # said to be unread: rules that are left out without a word would be a guess
                if found or wanted.parent.is_dir():
                    return tuple(read_rules(name, may_be_empty=True) for name in found)
            elif wanted.is_file():
                return (read_rules(str(wanted), may_be_empty=True),)
        except (OSError, ValueError, UsageProblem):
            return None  # a name that no file can have, or a file that may not be read
    return None
