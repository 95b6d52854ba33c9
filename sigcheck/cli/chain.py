"""`sigcheck chain PEMFILE`: the judgement about certificates, of a file that is about to be deployed."""

from typing import Any

import click

from sigcheck.cli.candidates import files
from sigcheck.cli.output_options import output_of, report_options


@click.command()
@click.argument("pemfile", shell_complete=files)
@click.option("--host", required=True, metavar="NAME", help="The host name of the callback URL.")
@click.option("--ca-file", metavar="PEM", shell_complete=files, help="Roots to trust in place of the public ones.")
@click.option(
    "--at",
    "at_text",
    metavar="TIME",
    help="Judge for this time (ISO 8601, UTC unless it says otherwise) instead of now.",
)
@report_options
@click.option("-q", "--quiet", is_flag=True, help="Print one line: the verdict and its reason.")
@click.option("-v", "--verbose", is_flag=True, help="Show every rule.")
@click.option("--no-color", is_flag=True, help="Use no colour; NO_COLOR does the same.")
@click.option(
    "--fail-on",
    default="must",
    type=click.Choice(["must", "should"]),
    show_default=True,
    help="The lowest level whose failures lead to exit code 1.",
)
@click.pass_context
def chain(
    ctx: click.Context,
    /,
    pemfile: str,
    host: str,
    ca_file: str | None,
    at_text: str | None,
    fail_on: str,
    **_options: Any,
) -> int:
    """Judge a certificate file as clients would judge it from a server, without a socket.

    PEMFILE holds the server certificate first and the intermediates after it; - reads standard input.
    Keys in it are ignored. Exit codes are those of verify.
    """
    from sigcheck.cli import certificates
    from sigcheck.cli.report_file import report_files
    from sigcheck.cli.reporting import publish, rendered

    shown = output_of(ctx)
    files = report_files(shown.reports)
    report = certificates.judged(
        certificates.read_pem(pemfile), host, ca_file, at_text, fail_on="should" if fail_on == "should" else "must"
    )
    publish(report, rendered(report, shown, files), shown, files)
    return report.exit_code
