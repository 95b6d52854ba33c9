"""What one word means: an entry of the glossary, from which pages and `sigcheck explain` are written."""

from typing import Literal

from msgspec import Struct

Section = Literal["portal", "code", "log", "client", "symptom", "sigcheck", "verdict", "term"]
"""Where a word comes from: texts of the portal beside 600, codes of the portal, logs of receivers, errors of clients,
what people see, what sigcheck says, verdicts and statuses, and the words of these pages."""


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that a report, the portal or a person says, and what it means.

    `title` is how it is said; `words` are other names of it. `phrases` are found inside a longer text too, such as a
    pasted line; `title` and `words` are not. `hints` are phrases that count only if a text has no phrase and no
    status. `summary` is one or two sentences for a table, in Markdown, and `more` are paragraphs that only `sigcheck
    explain` prints. `rules` are the rules and families to look at, the likeliest first, and `pages` the pages to read
    on. `sure` says how sure this is, where it is a statement about Sigfox.
    """

    section: Section
    title: str
    summary: str
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    more: str = ""
    rules: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    sure: str = ""
