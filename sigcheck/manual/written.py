"""What is found, written as Markdown: entries, families, statuses; and the list of all that can be explained."""

from collections.abc import Iterable

from sigcheck.callback import CALLBACK_TYPES, CallbackType
from sigcheck.glossary import GLOSSARY
from sigcheck.glossary.entry import Entry, Section
from sigcheck.glossary.families import FAMILY_NEEDS, FAMILY_PAGES, FAMILY_TITLES
from sigcheck.manual.callbacks import type_page, variable_page
from sigcheck.manual.find import Family, Found, Page, Status, VariableName
from sigcheck.manual.pages import names, page, rule_page
from sigcheck.manual.paper import Paper, paragraph, split
from sigcheck.model.rule import FAMILIES, Rule
from sigcheck.rules import RULES


def markdown_of(found: Found) -> tuple[str, str]:
    """Give the Markdown of what was found, and the folder in which its relative links start."""
    match found:
        case Rule():
            return rule_page(found.id), "docs/rules"
        case Family():
            return _family(found.name), "docs"
        case Page():
            return page(found.name), "docs"
        case Status():
            return _entry(found.entry, f"{found.code} is an HTTP status of the class {found.entry.title}"), "docs"
        case CallbackType():
            return type_page(found), "docs"
        case VariableName():
            return variable_page(found.name), "docs"
        case Entry():
            return _entry(found, found.title), "docs"


def _family(family: str) -> str:
    rows = [f"| {rule.id} | {rule.level} | {rule.title} |" for rule in RULES if rule.family == family]
    lines = [f"# {family}: {FAMILY_TITLES[family]}", "", FAMILY_NEEDS[family], "", *_HEAD, *rows, ""]
    lines += [f"Check these rules only: `sigcheck verify URL --only {family}`", ""]
    return "\n".join(lines + _read_on(("RULE", *FAMILY_PAGES[family])))


_HEAD = ("| Rule | Level | What holds when it passes |", "|---|---|---|")


def _entry(entry: Entry, title: str) -> str:
    lines = [f"# {title}", "", entry.summary, ""]
    if entry.more:
        lines += [entry.more, ""]
    if entry.rules:
        lines += ["Look at:", "", *_HEAD, *(_row(name) for name in entry.rules), ""]
    if entry.sure:
        lines += [f"**How sure this is:** {entry.sure}", ""]
    return "\n".join(lines + _read_on((*entry.rules[:1], *entry.pages)))


def _row(name: str) -> str:
    if name in FAMILIES:
        return f"| {name} | family | {FAMILY_TITLES[name]} |"
    (rule,) = (rule for rule in RULES if rule.id == name)
    return f"| {rule.id} | {rule.level} | {rule.title} |"


def _read_on(pages: Iterable[str]) -> list[str]:
    commands = ", ".join(f"`sigcheck explain {name}`" for name in pages)
    return [f"Read on: {commands}"] if commands else []


def contents(paper: Paper) -> str:
    """List what can be explained, in a screenful."""
    rows = (
        ("rules", f"all {len(RULES)}, such as dedup-duplicate: `sigcheck rules` lists them"),
        ("families", ", ".join(FAMILIES)),
        ("the portal", "600, any HTTP status, Unresolved network address, …"),
        (
            "clients",
            "PKIX path building failed, certificate has expired, handshake_failure, Connection reset, timeout, …",
        ),
        ("what is seen", _few("symptom")),
        ("verdicts", f"{_few('verdict')}, and the exit codes 0 to 4 and 130"),
        ("callbacks", ", ".join([*list(CALLBACK_TYPES)[:3], "infoCode", "…"])),
        ("words", _few("term", 10)),
        ("pages", ", ".join(names())),
    )
    widest = max(len(label) for label, _ in rows)
    lines = ["sigcheck explain WORD explains a word, a number or a pasted line, offline:", ""]
    for label, said in rows:
        first = f"  {label:{widest}}  "
        words = split([(paper.spelled(said.replace("`", "")), "")])
        lines += paragraph(words, paper, first, " " * len(first))
    return "\n".join(lines) + "\n"


def _few(section: Section, most: int = 1000) -> str:
    """Name entries of a section, each by the shortest way to ask for it that is a word of its own."""
    entries = [entry for entry in GLOSSARY if entry.section == section and not entry.title.startswith("exit")]
    said = [entry.words[0] if section == "symptom" else entry.title for entry in entries[:most]]
    return ", ".join([*said, "…"] if len(entries) > most else said)
