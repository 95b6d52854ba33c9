"""The generators of docs/generate.py: the JSON Schema, the table of rules, the help texts, the picture of a report."""

import re
import tempfile
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

HELP_WIDTH = 88
REPORT_WIDTH = 80

_BLOCK = re.compile(r"(<!-- generated: (?P<name>[^>]+?) -->\n).*?(<!-- end of generated -->\n)", re.DOTALL)


def report_schema(_present: str) -> str:
    """Give the JSON Schema of the JSON report."""
    from sigcheck.report.json import schema

    return schema().decode()


def reports_schema(_present: str) -> str:
    """Give the JSON Schema of the JSON document for several targets."""
    from sigcheck.report.json import Documents, schema

    return schema(Documents).decode()


def fleet_schema(_present: str) -> str:
    """Give the JSON Schema of the JSON document of a fleet."""
    from sigcheck.report.fleet.json import schema

    return schema().decode()


def config_schema(_present: str) -> str:
    """Give the JSON Schema of the configuration file."""
    from sigcheck.config.schema import schema

    return schema()


def rules_table(_present: str) -> str:
    """Give the overview of all rules, in report order."""
    from sigcheck.glossary.families import FAMILY_TITLES
    from sigcheck.rules import RULES

    lines = ["# Rules", "", "Written by `make docs` from the rules themselves.", ""]
    lines += ["`sigcheck rules` prints this list, `sigcheck explain RULE` one of the pages.", ""]
    for family in dict.fromkeys(rule.family for rule in RULES):
        lines += [f"## {family}", "", FAMILY_TITLES[family], "", "| Rule | Level | What holds when it passes |"]
        lines += ["|---|---|---|"]
        lines += [f"| {_linked(r.id)} | {r.level} | {r.title} |" for r in RULES if r.family == family]
        lines += [""]
    return "\n".join(lines)


def _linked(rule: str) -> str:
    page = f"{rule}.md"
    return f"[{rule}]({page})" if (Path(__file__).parent / "rules" / page).is_file() else rule


def fill_blocks(present: str, contents: dict[str, str]) -> str:
    """Replace what stands between `<!-- generated: NAME -->` and `<!-- end of generated -->`; raises KeyError."""
    return _BLOCK.sub(lambda match: f"{match[1]}{contents[match['name']]}{match[3]}", present)


def help_blocks(present: str) -> str:
    """Fill in the help text of every command that has a block, and of the program itself."""
    return fill_blocks(present, _help_texts(present))


def fleet_page(present: str) -> str:
    """Fill in the help text, and what is worked out for large fleets."""
    from docs.fleet_reckoning import tables

    return fill_blocks(present, _help_texts(present) | tables())


def _help_texts(present: str) -> dict[str, str]:
    names = re.findall(r"<!-- generated: help ?(\S*) -->", present)
    return {f"help {name}".strip(): f"```text\n{_help(name)}\n```\n" for name in names}


def _help(name: str) -> str:
    import click

    from sigcheck.cli import cli

    settings: dict[str, Any] = {"terminal_width": HELP_WIDTH, "help_option_names": ["-h", "--help"]}
    context = click.Context(cli, info_name="sigcheck", **settings)
    command: click.Command = cli
    for part in name.split("."):
        if part and isinstance(command, click.Group):
            found = command.get_command(context, part)
            if found is None:
                raise KeyError(part)
            command = found
            context = click.Context(command, info_name=part, parent=context, **settings)
    return command.get_help(context)


WORD_TABLES = {
    "portal": "Text in the portal",
    "code": "Code",
    "log": "Line of a log",
    "client": "Error",
    "symptom": "What is seen",
    "sigcheck": "What it says",
}
"""Section of the glossary → what the first column of its table is called."""


def word_tables(present: str) -> str:
    """Fill in the tables of the glossary, one for each section that has a block."""
    names = re.findall(r"<!-- generated: words (\S+) -->", present)
    return fill_blocks(present, {f"words {name}": _word_table(name) for name in names})


def _word_table(section: str) -> str:
    from sigcheck.glossary import GLOSSARY

    lines = [f"| {WORD_TABLES[section]} | Meaning | Look at |", "|---|---|---|"]
    for entry in GLOSSARY:
        if entry.section == section and entry.title != "600":
            pages = [f"[{page}.md]({page}.md)" for page in entry.pages if page != "troubleshooting"]
            lines.append(f"| {entry.title} | {entry.summary} | {', '.join([*entry.rules, *pages])} |")
    return "\n".join(lines) + "\n"


def report_picture(_present: str) -> str:
    """Draw the report of a real run against the demo's bad receiver, as it looks on a terminal of 80 columns."""
    from rich.console import Console
    from rich.text import Text

    command, report = _real_report()
    console = Console(file=StringIO(), record=True, width=REPORT_WIDTH, force_terminal=True)
    console.print(Text.from_ansi(f"$ {command}\n{report}"), no_wrap=True)
    picture = console.export_svg(title="sigcheck verify", unique_id="report")
    # No font is fetched from elsewhere: the reader's own monospaced one will do.
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


def _real_report() -> tuple[str, str]:
    """Verify the demo's bad receiver on a compressed schedule; gives the command, shortened, and its report."""
    from sigcheck import verify
    from sigcheck.demo.authority import create_authority
    from sigcheck.demo.receiver import serve
    from sigcheck.report import RenderOptions, render

    with tempfile.TemporaryDirectory(prefix="sigcheck-docs-") as folder:
        authority = create_authority(Path(folder), datetime.now(UTC))
        with serve("bad", authority, Path(folder)) as serving:
            settings: dict[str, Any] = {"ca_file": str(serving.ca_file), "allow_private": True, "speed": 240}
            settings |= {"settle": 0.5, "effects_within": 5}
            settings |= {"observe_url": serving.effects_url, "observe_pointer": "/count"}
            report = verify(serving.url, **settings)
    if report.exit_code != 1:
        raise RuntimeError(f"the bad receiver was not found non-compliant (exit {report.exit_code}): nothing written")
    options = RenderOptions(version="", width=REPORT_WIDTH, colour=True)
    return f"sigcheck verify {serving.url} --ca-file ca.pem --speed 240 …", render(report, "text", options)
