"""`sigcheck rules`: offline, without a heavy import."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sigcheck.model.rule import Rule


LISTED = ("text", "json", "csv", "markdown")
"""Those formats of reports that a list can have."""


@click.command()
@click.option("--format", "format_name", default="text", type=click.Choice(LISTED), show_default=True)
def rules(format_name: str) -> int:
    """List the rules, in report order."""
    from sigcheck.rules import RULES

    click.echo(_listed(RULES, format_name), nl=False)
    return 0


def _listed(rules: "tuple[Rule, ...]", format_name: str) -> str:
    match format_name:
        case "json":
            import json

            rows = [
                {"rule": rule.id, "family": rule.family, "level": rule.level, "title": rule.title, "fix": rule.fix,
                 "source": {"page": rule.source.page, "url": rule.source.url, "read": rule.source.read,
                            "certainty": rule.source.certainty}}
                for rule in rules
            ]  # fmt: skip
            return json.dumps(rows, indent=2) + "\n"
        case "csv":
            from sigcheck.report.csv import table

            return table(("rule", "family", "level", "title", "fix"), map(_row, rules))
        case "markdown":
            lines = ["| Rule | Family | Level | What holds when it passes |", "|---|---|---|---|"]
            lines += [f"| {rule.id} | {rule.family} | {rule.level} | {rule.title} |" for rule in rules]
            return "\n".join(lines) + "\n"
        case _:
            return "".join(f"{rule.id:26} {rule.level:7} {rule.title}\n" for rule in rules)


def _row(rule: "Rule") -> tuple[str, ...]:
    return (rule.id, rule.family, rule.level, rule.title, rule.fix)
