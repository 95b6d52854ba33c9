"""`sigcheck allowlist`: prints the Cloud's range for a firewall.

`allowlist check` reads a firewall's rules back.
"""

from glob import escape, has_magic, iglob
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sigcheck.errors import UsageProblem
from sigcheck.files import read_input, read_stdin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigcheck.allowlist.ruleset import File, Line
    from sigcheck.model.evidence import Target
    from sigcheck.model.network import AllowlistFacts
    from sigcheck.policy import Policy

# Rule sets of whole countries have some megabytes; more than this is a mistake, or an attack on our memory.
LARGEST_FILE = 32 * 2**20
MOST_INCLUDED = 500

PORT = click.IntRange(1, 65535)
POLICY = click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    help="A JSON file with other ranges, for the day that Sigfox changes them.",
)


@click.group(invoke_without_command=True)
@click.option(
    "--for", "format_name", default="cidr", show_default=True, metavar="FORMAT", help="The firewall to write for."
)
@click.option("--port", type=PORT, default=443, show_default=True, help="The port of the receiver.")
@POLICY
@click.option("--list", "listed", is_flag=True, help="List the formats.")
@click.pass_context
def allowlist(ctx: click.Context, format_name: str, port: int, policy_file: Path | None, *, listed: bool) -> None:
    """Print the addresses of the Sigfox Cloud ready to paste, or check the rules that a firewall has."""
    if ctx.invoked_subcommand is not None:
        return
    from sigcheck.allowlist.formats import FORMATS, render
    from sigcheck.policy import INTEGRATION, Source

    if listed:
        click.echo("\n".join(FORMATS))
        return
    policy, source = _policy(policy_file), INTEGRATION
    if policy_file is not None:
        source = Source(page=policy.name, url=policy_file.name, read=policy.read, certainty="our choice")
    click.echo(render(policy.ranges, source, format_name, port), nl=False)


@allowlist.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--port", type=PORT, help="The port of the receiver: 443, or that of --url.")
@click.option("--kind", metavar="KIND", help="What the files are, if their content does not tell.")
@click.option("--url", metavar="URL", help="The callback's URL: picks the server and location of a web server's rules.")
@click.option("--interface", metavar="NAME", help="The network interface that the Internet is behind, such as eth0.")
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True)
@POLICY
@click.pass_context
def check(
    ctx: click.Context,
    files: tuple[str, ...],
    port: int | None,
    kind: str | None,
    url: str | None,
    interface: str | None,
    format_name: str,
    policy_file: Path | None,
) -> None:
    """Tell whether the whole range reaches the port through every FILE ("-" reads standard input).

    Exit codes: 0 it does (a warning says so when everybody else does too), 1 it does not, wholly or in part,
    2 the files or options cannot be used, 3 it cannot be told.
    """
    from sigcheck.allowlist.check import check as answer_for
    from sigcheck.allowlist.readers import KINDS
    from sigcheck.allowlist.ruleset import Question
    from sigcheck.allowlist.words import as_json, as_text, warning

    if kind is not None and kind not in KINDS:
        raise UsageProblem(f"there is no kind {kind}", f"use one of {', '.join(KINDS)}")
    host, of_url, path = _target(url)
    question = Question(_policy(policy_file).ranges, port or of_url, host, path, interface)
    answer = answer_for([_read(name) for name in files], question, kind, _include)
    click.echo(as_text(answer) if format_name == "text" else as_json(answer), nl=False)
    if said := warning(answer):
        click.echo(said, err=True)
    ctx.exit(answer.exit_code)


def read_allowlist(names: "Sequence[str]", policy: "Policy", target: "Target") -> "AllowlistFacts":
    """Give what firewall rules say of the policy's ranges and a callback's port; raises UsageProblem."""
    from urllib.parse import urlsplit

    from sigcheck.allowlist.check import check as answer_for
    from sigcheck.allowlist.ruleset import Question
    from sigcheck.allowlist.words import MOST_LINES
    from sigcheck.model.network import AllowlistFacts

    question = Question(policy.ranges, target.port, target.host, urlsplit(target.url).path or "/", None)
    judged = answer_for([_read(name, what="--allowlist") for name in names], question, None, _include).judgement
    unclear = [f"{_place(each.line)}: {each.reason}" for each in judged.not_understood if each.matters]
    return AllowlistFacts(
        verdict=judged.verdict,
        files=tuple("stdin" if name == "-" else name for name in names),
        missing=judged.missing,
        decides=None if judged.decides is None else _place(judged.decides),
        unclear=tuple(unclear[:MOST_LINES]),
    )


def _place(line: "Line") -> str:
    from sigcheck.allowlist.words import shortened

    # A rule in JSON is found by its place; its text is long, and nobody wrote it so.
    return f"{line.where}: {shortened(line.text)}" if line.text and line.number is not None else line.where


def _policy(path: Path | None) -> "Policy":
    from sigcheck.policy import SIGFOX_CLOUD, load_policy

    return SIGFOX_CLOUD if path is None else load_policy(path)


def _target(url: str | None) -> tuple[str | None, int, str | None]:
    """Take host, port and path out of a callback URL; its placeholders may stay."""
    from urllib.parse import urlsplit

    from sigcheck.target import parse_target

    if url is None:
        return None, 443, None
    target = parse_target(url)
    return target.host, target.port, urlsplit(target.url).path or "/"


def _read(name: str, *, what: str = "FILE", may_be_empty: bool = False) -> "File":
    from sigcheck.allowlist.ruleset import File

    fix = "name a file with rules, or - for standard input"
    if name == "-":
        name, raw = "stdin", read_stdin(fix=fix, limit=LARGEST_FILE)
    else:
        raw = read_input(name, what=what, fix=fix, limit=LARGEST_FILE)
    if not raw.strip() and not may_be_empty:
        raise UsageProblem(f"{name} is empty", "export the rules again, perhaps as root")
    # Bytes that are no UTF-8 can only stand in comments and names; they must not hide the rest.
    return File(name, raw.decode("utf-8-sig", "replace"))


def _include(pattern: str, beside: str) -> "tuple[File, ...] | None":
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
                    return tuple(_read(name, may_be_empty=True) for name in found)
            elif wanted.is_file():
                return (_read(str(wanted), may_be_empty=True),)
        except (OSError, ValueError, UsageProblem):
            return None  # a name that no file can have, or a file that may not be read
    return None
