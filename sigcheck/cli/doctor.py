"""`sigcheck doctor`: checks this machine for what could falsify a run."""

from typing import Any

import click

from sigcheck.cli.candidates import targets
from sigcheck.cli.targets import config_options


@click.command()
@click.argument("name", required=False, shell_complete=targets)
@click.option("--host", metavar="NAME", help="Resolve this name as a run would. NAME, a target, does the same.")
@click.option("--clock", metavar="URL", help="Send one GET to this URL, and compare the clock with its Date header.")
@config_options
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--no-color", is_flag=True, help="Use no colour; NO_COLOR does the same.")
@click.pass_context
def doctor(
    ctx: click.Context,
    /,
    name: str | None,
    host: str | None,
    clock: str | None,
    format_name: str,
    no_color: bool,
    **_options: Any,
) -> int:
    """Check this machine for what could falsify a run, and say what to do about it.

    NAME is a target of the configuration file, whose host is resolved. Nothing else leaves this machine, except
    the one request of --clock.

    Exit codes: 0 sigcheck can be used here, 1 something falsifies runs, 2 the options cannot be used.
    """
    import sigcheck
    from sigcheck.cli import examining, output
    from sigcheck.cli.output_options import OutputOptions
    from sigcheck.doctor import words
    from sigcheck.doctor.collect import collect
    from sigcheck.doctor.judge import judge, usable

    version, options = sigcheck.__version__, output.render_options(OutputOptions(no_color=no_color))
    asked = examining.host_of(ctx, name, host), examining.clock_of(clock)
    facts = collect(version, examining.terminal(options), host=asked[0], clock_of=asked[1])
    checks = judge(facts)
    if format_name == "json":
        output.write(words.as_json(checks, version))
    else:
        text = words.as_text(checks, width=options.width, colour=options.colour, ascii_marks=options.ascii)
        output.write(text)
    return 0 if usable(checks) else 1
