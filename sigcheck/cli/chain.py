"""`sigcheck chain PEMFILE`: the judgement about certificates, of a file that is about to be deployed."""

import click

from sigcheck.report import FORMATS


@click.command()
@click.argument("pemfile")
@click.option("--host", required=True, metavar="NAME", help="The host name of the callback URL.")
@click.option("--ca-file", metavar="PEM", help="Roots to trust in place of the public ones.")
@click.option(
    "--at",
    "at_text",
    metavar="TIME",
    help="Judge for this time (ISO 8601, UTC unless it says otherwise) instead of now.",
)
@click.option(
    "--format", "format_name", default="text", type=click.Choice(list(FORMATS)), show_default=True, help="On stdout."
)
@click.option("-q", "--quiet", is_flag=True, help="One line: the verdict and its reason.")
@click.option("-v", "--verbose", is_flag=True, help="Every rule.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same.")
@click.option(
    "--fail-on",
    default="must",
    type=click.Choice(["must", "should"]),
    show_default=True,
    help="What makes exit code 1.",
)
@click.pass_context
def chain(
    ctx: click.Context,
    /,
    pemfile: str,
    host: str,
    ca_file: str | None,
    at_text: str | None,
    format_name: str,
    quiet: bool,
    verbose: bool,
    no_color: bool,
    fail_on: str,
) -> int:
    """Judge a certificate file as clients would judge it from a server, without a socket.

    PEMFILE holds the server certificate first and the intermediates after it; - reads standard input.
    Keys in it are ignored. Exit codes are those of verify.
    """
    from sigcheck.cli import certificates, output
    from sigcheck.cli.options import is_overruled
    from sigcheck.report import render

    report = certificates.judged(
        certificates.read_pem(pemfile), host, ca_file, at_text, fail_on="should" if fail_on == "should" else "must"
    )
    quiet = quiet and not is_overruled(ctx, "quiet", by="verbose")
    detail = -1 if quiet else 1 if verbose else 0
    output.write(render(report, format_name, output.render_options(no_color=no_color, detail=detail)))
    return report.exit_code
