"""The man pages, from the help texts of the commands and the table of exit codes: one page for each command.

click-man was tried first: it finds no command that is imported late, and escapes too little for roff.
"""

import re
import textwrap
from pathlib import Path
from typing import Any

import click

WIDTH = 78
TABLE = re.compile(r"^\| (\d+) \|([^|]*)\|([^|]*)\|$", re.MULTILINE)
"""A line of the table of docs/exit-codes.md: the code, the verdict, its meaning."""

_NAMES = re.compile(r"(-{1,2}[\w-]+)([^-]*(?:-(?![\w-])[^-]*)*)")
"""The name of an option, and what stands behind it."""

LIKE_VERIFY = ("", "verify", "chain")
"""Commands whose exit codes are those of the table."""

GENERAL = (
    (
        "SIGCHECK_*",
        (
            "Each option of a command can be given as a variable: SIGCHECK_ and its name in capitals with underscores, "
            "such as SIGCHECK_SAMPLES=5. The command line wins over the variable, and both win over "
            "the configuration file."
        ),
    ),
    (
        "NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE",
        "Switch colour off or on. Without them, it is on where stdout is a terminal.",
    ),
    ("SIGCHECK_TRACEBACK", "If it is set, a bug of sigcheck's shows where it happened."),
)
RUNS = (
    (
        "SIGCHECK_DEVICE, SIGCHECK_TIME, SIGCHECK_SEQNUMBER, SIGCHECK_DATA",
        "Set for the commands that sigcheck starts: the message in question.",
    ),
    (
        "${NAME}",
        (
            "In a URL, a header, a body, an observer or a command, the variable of that name is filled in, and its "
            "value is hidden in all output."
        ),
    ),
)
IGNORED = (("SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY", "Ignored; see sigcheck-doctor(1)."),)
ACCOUNT = (
    (
        "SIGFOX_API_LOGIN, SIGFOX_API_PASSWORD",
        "The login and the password of an API user of Sigfox, for --api.",
    ),
)
ASKS_THE_API = ("import", "undelivered")
OF_RUNS = ("verify", "send", "observe")
"""Commands that start other commands and fill in variables."""

FILES = (
    (
        "sigcheck.toml, pyproject.toml",
        (
            "The nearest one, in this folder or above, has the targets and their settings: see sigcheck-config(1). In "
            "a pyproject.toml they stand in the table [tool.sigcheck]."
        ),
    ),
)
READS_CONFIG = ("", "verify", "send", "observe", "config", "doctor", "undelivered")


def page(_present: str, name: str) -> str:
    """Give the page of a command, "" for the program itself."""
    import sigcheck
    from sigcheck.cli import COMMANDS, cli

    settings: dict[str, Any] = {"terminal_width": WIDTH, "help_option_names": ["-h", "--help"]}
    top = click.Context(cli, info_name="sigcheck", **settings)
    command: click.Command = cli
    context = top
    if name:
        found = cli.get_command(top, name)
        if found is None:
            raise KeyError(name)
        command, context = found, click.Context(found, info_name=name, parent=top, **settings)
    title = f"sigcheck-{name}" if name else "sigcheck"
    short = COMMANDS[name][1] if name else "Verify receivers of Sigfox Cloud callbacks."
    lines = ['.\\" Written by `make docs` from the help texts.']
    lines += [f'.TH {title.upper()} 1 "{_released()}" "sigcheck {sigcheck.__version__}" "User Commands"']
    lines += [".SH NAME", f"{_escaped(title)} \\- {_escaped(_lower(short.rstrip('.')))}"]
    described, exits = _paragraphs(command)
    lines += [".SH SYNOPSIS", *_synopsis(command, context)]
    lines += [".SH DESCRIPTION", *described]
    lines += _options(command, context, ".SH OPTIONS")
    lines += _inner(command, context) if name else _commands()
    lines += [".SH EXIT STATUS", *(_codes() if name in LIKE_VERIFY else _said(exits))]
    lines += [
        ".SH ENVIRONMENT",
        *_terms((*GENERAL, *(RUNS if name in OF_RUNS else ()), *(ACCOUNT if name in ASKS_THE_API else ()), *IGNORED)),
    ]
    lines += [".SH FILES", *_terms(FILES)] if name in READS_CONFIG else []
    others = [f"sigcheck-{each}(1)" for each in COMMANDS if each != name]
    lines += [".SH SEE ALSO", *_text(", ".join((["sigcheck(1)"] if name else []) + others))]
    return "\n".join(lines) + "\n"


def names() -> tuple[str, ...]:
    """Give the commands that have a page, "" for the program itself first."""
    from sigcheck.cli import COMMANDS

    return ("", *COMMANDS)


def file_of(name: str) -> str:
    """Give the path of a page."""
    return f"docs/man/sigcheck{'-' if name else ''}{name}.1"


def _released() -> str:
    """Give the day on which the policy was read: a page is no newer than what it was written from."""
    from sigcheck.policy import SIGFOX_CLOUD

    return SIGFOX_CLOUD.read


def _paragraphs(command: click.Command) -> tuple[list[str], list[str]]:
    """Give a command's help as roff, and what it says of exit codes as plain paragraphs."""
    paragraphs = [" ".join(each.split()) for each in (command.help or "").split("\n\n")]
    exits = [each for each in paragraphs if each.startswith("Exit ")]
    lines: list[str] = []
    for each in paragraphs:
        if each not in exits:
            lines += [".PP", *_text(each)]
    return lines[1:], exits


def _synopsis(command: click.Command, context: click.Context) -> list[str]:
    return [f".B {_escaped(context.command_path)}", *_text(" ".join(command.collect_usage_pieces(context)))]


def _options(command: click.Command, context: click.Context, *heading: str) -> list[str]:
    options = (param for param in command.get_params(context) if isinstance(param, click.Option))
    records = [record for param in options if (record := param.get_help_record(context))]
    lines = [*heading] if records else []
    for names, text in records:
        lines += [".TP", _NAMES.sub(lambda match: f"\\fB{_escaped(match[1])}\\fR{_escaped(match[2])}", names)]
        lines += _text(text) or ["\\&"]
    return lines


def _inner(command: click.Command, context: click.Context) -> list[str]:
    """Give a subsection to each command of a group."""
    if not isinstance(command, click.Group):
        return []
    lines = [".SH COMMANDS"]
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None  # noqa: S101 - it was listed
        inner = click.Context(found, info_name=name, parent=context)
        described, exits = _paragraphs(found)
        lines += [f'.SS "{_escaped(inner.command_path)}"', *_synopsis(found, inner), ".PP", *described]
        lines += [line for each in exits for line in (".PP", *_text(each))]
        lines += _options(found, inner)
    return lines


def _commands() -> list[str]:
    from sigcheck.cli import COMMANDS

    return [".SH COMMANDS", *_terms([(f"sigcheck-{name}(1)", text) for name, (_, text) in COMMANDS.items()])]


def _codes() -> list[str]:
    """Give the table of docs/exit-codes.md."""
    text = (Path(__file__).parent / "exit-codes.md").read_text(encoding="utf-8")
    rows = [(code, f"{verdict}: {meaning}." if verdict else f"{meaning}.") for code, verdict, meaning in
            (map(str.strip, each) for each in TABLE.findall(text))]  # fmt: skip
    if not rows:
        raise ValueError("docs/exit-codes.md has no table of exit codes")
    return _terms(rows)


def _said(exits: list[str]) -> list[str]:
    lines = [line for each in exits for line in (*_text(each), ".PP")]
    rest = "2: the command line cannot be used. 4: a bug of sigcheck's. 130: interrupted."
    return [*lines, *_text(rest if exits else f"0: success. {rest}")]


def _terms(records: "tuple[tuple[str, str], ...] | list[tuple[str, str]]") -> list[str]:
    lines: list[str] = []
    for term, text in records:
        lines += [".TP", f".B {_escaped(term)}", *(_text(text) or ["\\&"])]
    return lines


def _text(text: str) -> list[str]:
    """Fold a paragraph, and write it as roff; what stands between backticks is bold."""
    words = " ".join(text.replace("\b", "").split())
    lines = textwrap.wrap(words, WIDTH, break_on_hyphens=False, break_long_words=False)
    # A command in backticks may be folded: the font is then changed on one line and back on another.
    bold = False
    written = []
    for line in lines:
        parts = line.split("`")
        shown = _escaped(parts[0])
        for part in parts[1:]:
            bold = not bold
            shown += ("\\fB" if bold else "\\fR") + _escaped(part)
        written.append(f"\\&{shown}" if line[:1] in {".", "'"} else shown)
    return written


_SPECIAL = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", '"': "\\(dq", "^": "\\(ha", "~": "\\(ti"}
"""What roff would show as something else, and its name there."""


def _escaped(text: str) -> str:
    """Write text so that roff shows it as it is."""
    plain = "".join(_SPECIAL.get(each, each) for each in text)
    return re.sub(r"[^\x00-\x7f]", lambda match: f"\\[u{ord(match[0]):04X}]", plain)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
