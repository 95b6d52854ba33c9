"""`sigcheck explain WORD`: what a word of a report, of the portal or of a person means, offline."""

import click

from sigcheck.cli import candidates


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, metavar="[WORD]...", shell_complete=candidates.words)
def explain(words: tuple[str, ...]) -> int:
    """Explain a word: what it means, which rules to look at, and how to go on.

    WORD is a rule, a family of rules, a verdict, an exit code, the number or the text that the Sigfox portal shows for
    a callback (600, 404, "Unresolved network address"), an error of a client (PKIX path building failed), what you
    see (duplicates, lost messages, timeout), or the name of a page (observing). A pasted line is looked through for
    what is known. Without a WORD, all that can be explained is listed. It needs no network.
    """
    from sigcheck.cli.output import paper, write
    from sigcheck.manual.find import find
    from sigcheck.manual.written import contents, markdown_of

    if not words:
        write(contents(paper()))
        return 0
    markdown, folder = markdown_of(find(" ".join(words)))
    from sigcheck.manual.terminal import rendered

    write(rendered(markdown, paper(), folder))
    return 0
