"""`sigcheck completion SHELL`: the script by which a shell completes commands, options, rules and targets."""

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the script by which a shell completes sigcheck's commands, options, rules, targets and files.

    Its first lines say how to install it.
    """
    from sigcheck.cli import cli
    from sigcheck.cli.shells import script

    click.echo(script(shell, cli), nl=False)
    return 0
