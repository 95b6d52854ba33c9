"""Which entry explains a longer text: the first one that has a phrase in it."""

from collections.abc import Container

from sigcheck.glossary import GLOSSARY
from sigcheck.glossary.entry import Entry, Section


def with_phrase(text: str, sections: Container[Section] | None = None) -> Entry | None:
    """Give the first entry that has a phrase which the text holds, of these sections only; None if there is none.

    The text is in small letters, with one blank between its words.
    """
    return next(
        (
            entry
            for entry in GLOSSARY
            if (sections is None or entry.section in sections)
            and any(phrase.casefold() in text for phrase in entry.phrases)
        ),
        None,
    )
