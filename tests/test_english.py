"""Every sentence that a user can read is plain, idiomatic English, as far as a program can tell.

A list of words is no substitute for reading; it keeps what was once corrected from coming back.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from sigcheck.cli import COMMANDS, cli
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import fields
from sigcheck.rules import RULES
from tests.docs_blocks import ROOT

BANNED = {
    r"mend(s|ed|ing)?": "fix",
    r"reckon(s|ed|ing)?": "count, or start",
    r"stands? (alone|still|behind|in front)": "is, or stays",
    r"rightly": "nothing, or correctly",
    r"shall": "must, or will",
    r"remed(y|ies)": "fix",
    r"of late": "recently",
    r"in vain": "without success",
    r"all the same": "anyway",
    r"there is none": "what is missing",
    r"in work": "being processed",
    r"hangs? up": "closes the connection",
    r"nothing (of|was) (it|asked|looked)": "what was not done",
    r"(?<![Tt]here )(is|are) no\b(?! (longer|more|less))": "is not a",
    r"doubled": "duplicated",
    r"(needs|has) no allowlist": "no allowlist applies",
    r"(are|is) left until": "expires on",
    r"can be had": "is available",
    r"as (those|certificates) of public CAs do": "Unlike certificates of public CAs",
    r"is not one (of|that) the portal": "the portal has no such",
    r"none (does|issues) for": "No public CA issues",
    r"too quickly for a retry": "so quickly that no retry can arrive",
    r"strangers?": "unrelated, or other devices",
    r"gives? (itself|a proxy) away": "shows",
    r"likeness(es)?": "similarity",
    r"belongs? together": "must be given together",
    r"exclude each other": "cannot be used together",
    r"to go with": "needs",
    r"a bug of\b": "a bug in",
    r"(JDK|Java|OpenSSL|curl|server|receiver|clients?|path) wants?": "requires",
    r"clients? takes?": "accept",
    r"does not take": "does not accept",
    r"take (it|this|them) for": "treat as",
    r"sent beside": "sent at the same time as",
    r"(given|accepted|A record) beside": "together with, or in addition to",
    r"nothing was counted": "no effects were counted",
    r"nothing counts": "no observer counts",
    r"not one (effect|message|answer|sample)": "no",
    r"so many are": "this many are",
    r"registered devices only": "only registered devices",
    r"put to the test": "tested",
    r"say --\w+": "give --",
    r"\d+ms|\d{4,}\.\d ms": "seconds",
    r"1 (samples|deliveries|addresses|answers|requests|certificates|connections|messages|effects)": "the singular",
}
"""What a user must not meet, and what to write instead."""

SENTENCES = ("Finding", "Passed", "Undecided", "Skipped", "UsageProblem", "NotPlayed")
"""The calls whose texts users read."""

NOT_OURS = ("openssl", "nginx", "curl", "certbot", "sigcheck")
"""Names that begin a sentence in lower case."""


class Said(NamedTuple):
    """A text that a user can read: where it is written, what it is, and the text, with `…` for what is filled in."""

    where: str
    what: str
    text: str


def _texts(node: ast.expr) -> Iterator[str]:
    """Give the texts that an expression may come to."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _texts(value)
    elif isinstance(node, ast.BinOp):
        yield from _texts(node.left)


def _of_call(node: ast.Call, where: str) -> Iterator[Said]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name not in SENTENCES:
        return
    kinds = {"UsageProblem": ("problem", "remedy"), "Undecided": ("message", "fix"), "NotPlayed": ("name", "message")}
    for kind, argument in zip(kinds.get(name, ("message",)), node.args, strict=False):
        for text in _texts(argument):
            yield Said(where, kind, text)
    for keyword in node.keywords:
        if keyword.arg in {"fix", "measured"}:
            for text in _texts(keyword.value):
                yield Said(where, keyword.arg, text)


@cache
def _sources() -> tuple[tuple[Path, tuple[ast.AST, ...]], ...]:
    """Give each module of the package, by its path from the top, and the nodes of its tree."""
    paths = sorted((ROOT / "sigcheck").rglob("*.py"))
    return tuple(
        (path.relative_to(ROOT), tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))) for path in paths
    )


@cache
def calls() -> tuple[Said, ...]:
    """Give the texts of all calls in the package that make a sentence for users."""
    found: list[Said] = []
    for path, nodes in _sources():
        for node in nodes:
            if isinstance(node, ast.Call):
                found += _of_call(node, f"{path}:{node.lineno}")
    return tuple(found)


@cache
def literals() -> tuple[Said, ...]:
    """Give every text of the package that has a space, but for docstrings: what a rule puts together is among them."""
    found: list[Said] = []
    for path, nodes in _sources():
        apart = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            text = node.value if isinstance(node, ast.Constant) and id(node) not in apart else None
            if isinstance(text, str) and isinstance(node, ast.Constant) and " " in text.strip():
                found.append(Said(f"{path}:{node.lineno}", "text", text))
    return tuple(found)


@cache
def helps() -> tuple[Said, ...]:
    """Give the help of each command, of each of its options, and of each setting."""
    found = [Said(f"setting {field.name}", "help", field.setting.help) for field in fields(RunConfig).values()]
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        found.append(Said(f"sigcheck {name}", "help", command.get_short_help_str(200)))
        options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
        found += [Said(f"sigcheck {name} {each.opts[0]}", "help", each.help) for each in options if each.help]
    return tuple(found)


def ruled() -> Iterator[Said]:
    """Give what each rule says of itself."""
    for rule in RULES:
        yield Said(rule.id, "title", rule.title)
        yield Said(rule.id, "title", rule.problem)
        yield Said(rule.id, "fix", rule.fix)


def everything() -> list[Said]:
    """Give all of them."""
    return [*ruled(), *calls(), *literals(), *helps()]


@pytest.mark.parametrize("words", BANNED, ids=[re.sub(r"\W+", "-", words).strip("-") for words in BANNED])
def test_no_odd_word_is_left(words):
    """The failure says where it stands and what to write instead."""
    pattern = re.compile(rf"\b(?:{words})\b")
    left = [f"{each.where}: {each.text!r}: write {BANNED[words]}" for each in everything() if pattern.search(each.text)]
    assert left == []


def test_no_sentence_has_two_spaces():
    """Inside a line there is one space between words."""
    assert [each for each in (*ruled(), *calls(), *helps()) if re.search(r"\S  +[a-z]", each.text.split("\n")[0])] == []


def test_titles_are_sentences_without_a_full_stop():
    """A title begins with a capital; it stands on a line of its own."""
    found = [each for each in ruled() if each.what == "title"]
    assert [each for each in found if not each.text[0].isupper() or each.text.endswith(".")] == []


def test_help_texts_are_sentences():
    """They begin with a capital or a value, and end with a full stop or with click's own brackets."""
    wrong = [each for each in helps() if not re.search(r"(\.|\])$", each.text) or each.text[0].islower()]
    assert [each for each in wrong if not each.text.startswith(NOT_OURS)] == []


def test_fixes_of_rules_are_sentences():
    """A capital in front and a full stop at the end: a report puts them behind "Fix:" or "To decide it:"."""
    found = [each for each in (*ruled(), *calls()) if each.what == "fix"]
    assert len(found) > len(RULES)
    odd = [each for each in found if each.text[0].islower() and not each.text.startswith(NOT_OURS)]
    assert [*odd, *(each for each in found if not each.text.endswith((".", "…")))] == []


def test_what_was_seen_is_no_sentence_of_its_own():
    """Messages, reasons and usage errors stand behind a colon: no capital of their own, no full stop."""
    found = [each for each in calls() if each.what in {"message", "problem", "remedy"} and each.text]
    assert len(found) > 300
    ended = [each for each in found if each.text.endswith(".") and not each.text.endswith("...")]
    capitals = [each for each in found if re.match(r"[A-Z][a-z]+ [a-z]", each.text) and not _named(each.text)]
    assert [*ended, *capitals] == []


def _named(text: str) -> bool:
    """Whether a text begins with the name of a thing."""
    return text.startswith(("Apache ", "Require ", "Terraform ", "Python ", "Content-", "Include "))
