"""`sigcheck explain WORD`: what a word of a report, of the portal or of a person means, offline."""

import re

import click

from sigcheck.cli import candidates
from sigcheck.errors import UsageProblem


class Words(click.Command):
    """A command whose arguments are words, even if they begin with a dash: a pasted line is no cluster of options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take all arguments as words, unless the first asks for help or is the mark that ends options."""
        takes_options = bool(args) and args[0] in {"-h", "--help", "--"}
        return super().parse_args(ctx, args if takes_options else ["--", *args])


@click.command(cls=Words)
@click.argument("words", nargs=-1, metavar="[WORD]...", shell_complete=candidates.words)
def explain(words: tuple[str, ...]) -> int:
    """Explain a word: what it means, which rules to look at, and how to go on.

    WORD is a rule, a family of rules, a verdict, an exit code, the number or the text that the Sigfox portal shows for
    a callback (600, 404, "Unresolved network address"), an error of a client (PKIX path building failed), what you
    see (duplicates, lost messages, timeout), a callback type or a variable (data/bidir, infoCode), or the name of a
    page (observing). A pasted line is looked through for what is known; put it into quotes if it begins with a dash.
    Several statuses or rules are explained one after the other. Without a WORD, all that can be explained is listed.
    It needs no network.
    """
    from sigcheck.cli.output import paper, write
    from sigcheck.manual.find import find_each
    from sigcheck.manual.written import contents, markdown_of

    if not words:
        write(contents(paper()))
        return 0
    _see_no_option(words)
    from sigcheck.manual.terminal import rendered

    pages = [markdown_of(found) for found in find_each(" ".join(words))]
    write("\n".join(rendered(markdown, paper(), folder) for markdown, folder in pages))
    return 0


def _see_no_option(words: tuple[str, ...]) -> None:
    """Raise UsageProblem for an option in front of other words: by itself it is a word, and quoted it is a line."""
    name = words[0].partition("=")[0]
    if len(words) > 1 and re.fullmatch(r"--?[a-zA-Z][a-z-]{0,30}", name):
        raise UsageProblem(
            f"explain has no option {name}",
            f"`sigcheck explain {name}` explains the option; put a pasted line into quotes",
        )
