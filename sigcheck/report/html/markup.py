"""Markup that is made of elements: a text is escaped wherever it goes, so that nothing can be forgotten."""

import re
from html import escape as html_escape

from sigcheck.redaction.disarm import disarm

_COMMAND = re.compile(r"`((?:sigcheck|openssl) [a-z0-9 -]+)`")
Attribute = str | int | float | bool | None
_VOID = frozenset({"meta", "br"})
"""Elements of HTML without content and end."""
_LINES = frozenset(
    {"article", "body", "dd", "details", "div", "dl", "dt", "figure", "footer", "g", "h1", "h2", "h3", "h4", "head",
     "header", "html", "li", "main", "meta", "nav", "ol", "p", "section", "summary", "svg", "table", "tbody", "thead",
     "title", "tr", "ul"}
)  # fmt: skip
"""Elements that end their line."""


class Markup(str):
    """Text that is markup already. Only this module makes it, but for the style sheet."""

    __slots__ = ()


def escape(text: str) -> str:
    """Give text that is neither markup nor leaves an attribute, without a character that XML or HTML forbids.

    It is disarmed again, for a report that no redaction has been over: that writes controls, surrogates and
    noncharacters out.
    """
    return html_escape(disarm(text), quote=True)


def tag(name: str, /, *content: str | None, **attributes: Attribute) -> Markup:
    """Make an element. Content that is no Markup is escaped, and so is every attribute; None is left out.

    `class_` stands for class, and `stroke_width` for stroke-width; an attribute that is True has no value.
    """
    given = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    end = "\n" if name in _LINES else ""
    if name in _VOID:
        return Markup(f"<{name}{given}>{end}")
    return Markup(f"<{name}{given}>{join(*content)}</{name}>{end}")


def join(*content: str | None) -> Markup:
    """Put content together; a text is escaped."""
    parts = (each if isinstance(each, Markup) else escape(each) for each in content if each is not None)
    return Markup("".join(parts))


def prose(words: str) -> Markup:
    """Mark the commands of our own that advice quotes: "run `sigcheck allowlist`"."""
    return join(*(tag("code", part) if index % 2 else part for index, part in enumerate(_COMMAND.split(words))))


def _attribute(key: str, value: Attribute) -> str:
    if value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def count(number: int, word: str, words: str = "") -> str:
    """Give a number with its noun: "1 rule", "2 rules"."""
    return f"{number} {word if number == 1 else words or word + 's'}"
