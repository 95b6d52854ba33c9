"""`sigcheck send URL | NAME`: one callback, and the record of it as the portal would show one."""

from typing import Any

import click

from sigcheck.cli.candidates import targets
from sigcheck.cli.number import Whole
from sigcheck.cli.options import given, run_options
from sigcheck.cli.targets import config_file, config_options, sendable

OF_A_CALLBACK = (
    "type",
    "var",
    "payload_config",
    "method",
    "content_type",
    "header",
    "body",
    "line_pattern",
    "form_query",
    "device",
    "data",
    "ca_file",
    "resolve",
    "no_sni",
    "patience",
    "policy",
    "redact",
)
"""The settings of a run that say something of a single callback, in the order of the options."""


@click.command()
@click.argument("word", metavar="URL | NAME", shell_complete=targets)
@config_options
@run_options(OF_A_CALLBACK)
@click.option("--time", type=Whole(0, 2**32 - 1), metavar="S", help="The message's time in Unix seconds. Default: now.")
@click.option(
    "--seq-number", type=Whole(0, 65535), metavar="N", help="The message's sequence number. Default: drawn at random."
)
@click.option("--dry-run", is_flag=True, help="Print the request, and send nothing.")
@click.option("--curl", is_flag=True, help="Print the curl command that sends the same bytes, and send nothing.")
@click.option(
    "--format", "format_name", default="text", type=click.Choice(["text", "json"]), show_default=True,
    help="The format of what is printed on stdout.",
)  # fmt: skip
@click.pass_context
def send(ctx: click.Context, /, word: str, **options: Any) -> int:
    """Send one callback as the Sigfox Cloud would, and print the request and the answer as its portal does.

    The message is real to the receiver. Nothing is counted, repeated or judged beyond this one answer:
    `sigcheck verify` does that.

    Exit 0: the callback was answered as it should be, in time. 1: it was refused, failed, or was
    answered too late. 3: this machine kept it from being sent.
    """
    from sigcheck.cli import sending

    own = ("time", "seq_number", "dry_run", "curl", "format_name")
    target = sendable(word, given(ctx), config_file(ctx), OF_A_CALLBACK)
    return sending.carry_out(target, **{each: options[each] for each in own})
