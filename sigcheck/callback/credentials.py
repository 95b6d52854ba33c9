"""Which part of a callback's query is a secret, by its name."""

import re
from urllib.parse import unquote

from sigcheck.callback.template import PLACEHOLDER

# Whole words: a "signal" is no "sig", and a "design" neither. `code` is what Azure Functions call their key.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_WORDS = frozenset(
    (
        "accesstoken",
        "apikey",
        "auth",
        "authorization",
        "code",
        "key",
        "pass",
        "passwd",
        "password",
        "pwd",
        "secret",
        "sig",
        "signature",
        "token",
    )
)


def is_secret(parameter: str) -> bool:
    """Whether a parameter of the query has a name like a secret's and a value that is not made of placeholders."""
    name, _, value = parameter.partition("=")
    words = {word.lower() for word in _WORD.findall(unquote(name))}
    return not words.isdisjoint(_SECRET_WORDS) and PLACEHOLDER.sub("", value) != ""
