"""What can stand in the place of a value that is being completed: rules, targets, files. Silent, whatever is wrong."""

import re
from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
"""A target's name; what is not one is not offered to a shell."""

Items = list[CompletionItem[str]]


def rule_lists(_ctx: click.Context, _param: click.Parameter | None, incomplete: str) -> Items:
    """Give the families and rules that can stand at the end of a list with commas."""
    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    return [
        CompletionItem(f"{before}{comma}{name}", help=title)
        for name, title in _rules()
        if name.startswith(last) and name not in given
    ]


def rules(_ctx: click.Context, _param: click.Parameter | None, incomplete: str) -> Items:
    """Give the families and rules that begin so."""
    return [CompletionItem(name, help=title) for name, title in _rules() if name.startswith(incomplete)]


def words(ctx: click.Context, param: click.Parameter | None, incomplete: str) -> Items:
    """Give what can be explained in one word and begins so: rules, families, pages, types, and the glossary."""
    from sigcheck.callback import CALLBACK_TYPES
    from sigcheck.glossary import GLOSSARY
    from sigcheck.manual.find import names_of
    from sigcheck.manual.pages import names

    found = {item.value: item for item in rules(ctx, param, incomplete)}
    others = [*names(), *CALLBACK_TYPES, *(name for entry in GLOSSARY for name in names_of(entry))]
    for name in others:
        if name.startswith(incomplete) and " " not in name and name not in found:
            found[name] = CompletionItem(name)
    return list(found.values())


def parts(_ctx: click.Context, _param: click.Parameter | None, incomplete: str) -> Items:
    """Give what --redact can hide, as a list with commas."""
    from sigcheck.redaction.places import PARTS

    before, comma, last = incomplete.rpartition(",")
    return [CompletionItem(f"{before}{comma}{name}") for name in PARTS if name.startswith(last)]


def sides(_ctx: click.Context, _param: click.Parameter | None, incomplete: str) -> Items:
    """Give what --vantage can say of this machine; names of places are the user's own."""
    from sigcheck.config.vantage import SIDES

    before, comma, last = incomplete.rpartition(",")
    return [CompletionItem(f"{before}{comma}{name}") for name in SIDES if name.startswith(last)]


def targets(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Give the targets of the configuration file that holds here, without those that are named already."""
    from sigcheck.cli.targets import config_file

    try:
        file = config_file(ctx)
    except Exception:  # noqa: BLE001 - a shell that completes is no place for an error; the command will tell
        return []
    words = [each for value in ctx.params.values() if isinstance(value, tuple) for each in value]
    names = () if file is None else file.targets
    return _plain(each for each in names if each.startswith(incomplete) and each not in words)


def files(_ctx: click.Context, _param: click.Parameter | None, incomplete: str) -> Items:
    """Let the shell complete the name of a file."""
    return [CompletionItem(incomplete, type="file")]


def firewalls(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Give the firewalls that `allowlist` writes for."""
    from sigcheck.allowlist.formats import FORMATS

    return [CompletionItem(each) for each in FORMATS if each.startswith(incomplete)]


def kinds(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Give the kinds of rules that `allowlist check` reads."""
    from sigcheck.allowlist.readers import KINDS

    return [CompletionItem(each) for each in KINDS if each.startswith(incomplete)]


def commands(incomplete: str, table: Iterable[tuple[str, str]]) -> Items:
    """Give the commands that begin so, without importing any."""
    return [CompletionItem(name, help=text) for name, text in table if name.startswith(incomplete)]


def _rules() -> list[tuple[str, str]]:
    """Give families and rules with what they say, in the order of a report."""
    from sigcheck.model.rule import FAMILIES
    from sigcheck.rules import RULES

    count = {family: sum(rule.family == family for rule in RULES) for family in FAMILIES}
    return [(family, f"all {count[family]} rules of this family") for family in FAMILIES] + [
        (rule.id, rule.title) for rule in RULES
    ]


def _plain(names: Iterable[str]) -> Items:
    return [CompletionItem(each) for each in names if _PLAIN.fullmatch(each)]
