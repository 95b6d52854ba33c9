"""`sigcheck allowlist`: prints the Cloud's range for a firewall.

`allowlist check` reads a firewall's rules back.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sigcheck.cli.candidates import files, firewalls, kinds
from sigcheck.cli.number import Whole
from sigcheck.cli.output_options import output_of, report_options
from sigcheck.errors import UsageProblem

if TYPE_CHECKING:
    from sigcheck.policy import Policy

PORT = Whole(1, 65535)
POLICY = click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    help="A JSON file with other ranges, in case Sigfox changes them.",
)


@click.group(invoke_without_command=True)
@click.option(
    "--for",
    "format_name",
    default="cidr",
    show_default=True,
    metavar="FORMAT",
    shell_complete=firewalls,
    help="The firewall to write for.",
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


@allowlist.command(short_help="Check whether the whole range gets through a firewall.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=files)
@click.option("--port", type=PORT, help="The port of the receiver: 443, or that of --url.")
@click.option(
    "--kind", metavar="KIND", shell_complete=kinds, help="What the files are, if their content does not tell."
)
@click.option("--url", metavar="URL", help="The callback's URL: picks the server and location of a web server's rules.")
@click.option("--interface", metavar="NAME", help="The network interface that faces the Internet, such as eth0.")
@report_options
@POLICY
@click.pass_context
def check(
    ctx: click.Context,
    /,
    files: tuple[str, ...],
    port: int | None,
    kind: str | None,
    url: str | None,
    interface: str | None,
    policy_file: Path | None,
    **_options: Any,
) -> None:
    """Tell whether the whole range reaches the port through every FILE ("-" reads standard input).

    Exit codes: 0 it does (a warning says so when everybody else does too), 1 it does not, wholly or in part,
    2 the files or options cannot be used, 3 it cannot be told.
    """
    from sigcheck.allowlist.check import check as answer_for
    from sigcheck.allowlist.given import include, read_rules
    from sigcheck.allowlist.question import Question
    from sigcheck.allowlist.readers import KINDS
    from sigcheck.allowlist.words import as_json, as_text, warning
    from sigcheck.cli import firewall
    from sigcheck.cli.report_file import report_files
    from sigcheck.cli.reporting import each_format, publish
    from sigcheck.report import RenderOptions, render

    if kind is not None and kind not in KINDS:
        raise UsageProblem(f"there is no kind {kind}", f"use one of {', '.join(KINDS)}")
    host, of_url, path = _target(url)
    shown, policy = output_of(ctx), _policy(policy_file)
    places = report_files(shown.reports)
    question = Question(policy.ranges, port or of_url, host, path, interface)
    answer = answer_for([read_rules(name) for name in files], question, kind, include)
    report = firewall.judged(answer, files, policy, url)
    own = {"text": as_text, "json": as_json}

    def rendering(name: str, options: RenderOptions) -> str:
        return own[name](answer) if name in own else render(report, name, options)

    publish(report, each_format(rendering, shown, places), shown, places)
    if said := warning(answer):
        click.echo(said, err=True)
    ctx.exit(answer.exit_code)


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
