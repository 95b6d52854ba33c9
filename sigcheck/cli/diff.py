"""`sigcheck diff OLD NEW`: what changed between two saved runs."""

import click

from sigcheck.cli.candidates import files

FORMATS = ("text", "json")


@click.command()
@click.argument("old", metavar="OLD.json", shell_complete=files)
@click.argument("new", metavar="NEW.json", shell_complete=files)
@click.option("--format", "format_name", default="text", type=click.Choice(FORMATS), show_default=True)
@click.option(
    "--fail-on",
    default="must",
    type=click.Choice(["must", "should"]),
    show_default=True,
    help="Which new failures make exit code 1.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only the last line.")
@click.option("-v", "--verbose", is_flag=True, help="Every rule, also of targets without a change.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same.")
@click.pass_context
def diff(
    ctx: click.Context,
    /,
    old: str,
    new: str,
    format_name: str,
    fail_on: str,
    **_options: object,
) -> int:
    """Compare two saved runs: which failures are new, fixed, unchanged or gone; verdicts, never times.

    OLD.json and NEW.json are what `sigcheck verify --report FILE.json` wrote, of one target or of several; one of them
    may be - for standard input. Targets are matched by name, or else by URL. Both files are judged by the rules of this
    version.

    Exit codes: 0 there is no new failure, 1 there is one of a level that --fail-on names, 2 a file cannot be read,
    3 nothing new fails, but the two have no target or no rule in common, or NEW was interrupted.
    """
    from sigcheck.cli import output, rejudging
    from sigcheck.cli.output_options import output_of

    shown = output_of(ctx)
    compared = rejudging.compared(old, new, "should" if fail_on == "should" else "must", quiet=shown.quiet)
    if format_name == "json":
        import msgspec

        output.write(msgspec.json.format(msgspec.json.encode(compared), indent=2).decode() + "\n")
    else:
        from sigcheck.comparison.text import render

        output.write(render(compared, output.render_options(shown)))
    return compared.exit_code
