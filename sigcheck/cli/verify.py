"""`sigcheck verify URL`: options to a RunConfig and OutputOptions, run, render, exit."""

from typing import Any

import click

from sigcheck.cli.options import given, run_options
from sigcheck.cli.output_options import OutputOptions, output_options
from sigcheck.config import RunConfig
from sigcheck.config.setting import fields


class Verify(click.Command):
    """A command whose `--allow-undecided` has a value behind an equals sign alone: a URL is never taken for it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give the bare option its meaning: all rules."""
        end = args.index("--") if "--" in args else len(args)
        bare = "--allow-undecided"
        return super().parse_args(ctx, [f"{each}=*" if each == bare else each for each in args[:end]] + args[end:])


@click.command(cls=Verify)
@click.argument("url")
@run_options(fields(RunConfig))
@output_options
@click.pass_context
def verify(ctx: click.Context, /, url: str, **options: Any) -> int:
    """Verify the callback URL as the Sigfox Cloud would call it.

    The messages that are sent are real to the receiver: point this at a test device type, or clean up
    by the device id afterwards. Without an observer (--observe-url, --observe-command, --observe-sql),
    idempotency stays undecided.
    """
    from sigcheck.cli import verifying

    shown = OutputOptions(**{name: options[name] for name in OutputOptions.__struct_fields__})
    return verifying.carry_out({"url": url, **given(ctx)}, shown)
