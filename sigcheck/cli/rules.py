"""`sigcheck rules` and `sigcheck explain RULE`: offline, without a heavy import."""

import click

from sigcheck.errors import UsageProblem


@click.command()
@click.option("--format", "format_name", default="text", type=click.Choice(["text", "json"]), show_default=True)
def rules(format_name: str) -> int:
    """List the rules, in report order."""
    from sigcheck.rules import RULES

    if format_name == "json":
        import json

        rows = [
            {"rule": rule.id, "family": rule.family, "level": rule.level, "title": rule.title, "fix": rule.fix,
             "source": {"page": rule.source.page, "url": rule.source.url, "read": rule.source.read,
                        "certainty": rule.source.certainty}}
            for rule in RULES
        ]  # fmt: skip
        click.echo(json.dumps(rows, indent=2))
        return 0
    for rule in RULES:
        click.echo(f"{rule.id:26} {rule.level:7} {rule.title}")
    return 0


@click.command()
@click.argument("rule")
def explain(rule: str) -> int:
    """Explain a rule: what it checks, why it matters, how to fix it.

    In place of a rule, RULE may be the number that the Sigfox portal shows for a callback: 600, or an HTTP status.
    """
    from sigcheck.cli.codes import code_in_words
    from sigcheck.judge import select
    from sigcheck.rules import RULES
    from sigcheck.rules.pages import page

    if (words := code_in_words(rule)) is not None:
        click.echo(words, nl=False)
        return 0
    if rule not in {each.id for each in RULES}:
        select(RULES, only=(rule,))  # raises with the nearest name, unless this is a family
        raise UsageProblem(f"{rule!r} is a family", "name one of its rules; `sigcheck rules` lists them")
    click.echo(page(rule), nl=False)
    return 0
