"""Takes the secrets out of a callback: `${NAME}` in their place, and what each variable must hold."""

import re
from collections.abc import Callable, Iterable

from sigcheck.callback.credentials import is_secret
from sigcheck.redaction.elsewhere import without_logins
from sigcheck.redaction.secrets_of import LEAST_DRAWN, is_public, looks_drawn, names_a_secret, secret_segments

LONGEST_NAME = 100
"""Characters of a variable's name."""

MOST = 50
"""Variables of one target: what has more is no callback that somebody configured."""

_URL = re.compile(
    r"(?P<scheme>[^:]*://)(?:(?P<login>[^/?]*)@)?(?P<host>[^/?@]*)(?P<path>[^?]*)(?P<query>.*)", re.DOTALL
)
_PARAMETER = re.compile(r"[^&;?]+")
_SCHEME = re.compile(r"(?:Bearer|Basic|Token|ApiKey|Digest|Key)\s+", re.IGNORECASE)
_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[)")
_JSON_PART = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*+)"(?P<colon>\s*+:)?|(?<![\w.{#$])(?P<number>-?[0-9][0-9.eE+-]*+)', re.DOTALL
)
_VARIABLE = re.compile(r"((?<!\$)\{[A-Za-z][A-Za-z0-9]*(?:#[A-Za-z0-9_-]*)?\})")
"""A variable of the portal."""

_WORD = re.compile(r"[^\s,;|&=\"'<>()\[\]]+")
_FILLED = re.compile(r"\$(?=\{[A-Za-z_][A-Za-z0-9_]*\})")
_MARK = "\N{INFORMATION SEPARATOR FOUR}"
"""Stands around the name of a variable until what is literal has been escaped."""

_MARKED = re.compile(f"{_MARK}([A-Za-z0-9_]+){_MARK}")


class TooMany(Exception):  # noqa: N818 - it is no error: the callback is left out
    """A callback has more places that look like secrets than anybody would set variables for."""


class Variable:
    """A variable that a target needs: its name, what it must hold, and where that stood."""

    def __init__(self, name: str, value: str, place: str) -> None:
        self.name, self.value, self.place = name, value, place


class Secrets:
    """The secrets of one target. `taken` are the names of variables that others have; it grows.

    Raises TooMany where there are too many.
    """

    def __init__(self, target: str, taken: set[str]) -> None:
        prefix = re.sub(r"[^A-Z0-9]+", "_", target.upper()).strip("_") or "SIGFOX"
        self._prefix = f"SIGFOX_{prefix}" if prefix[0].isdigit() or prefix.startswith("SIGCHECK") else prefix
        self._taken = taken
        self.variables: list[Variable] = []

    def of_url(self, url: str) -> str:
        """Take out the login, secret values of the query and what looks like a token in the path."""
        parts = _URL.fullmatch(url)
        if parts is None:
            return self._whole(url, "URL", "the URL")
        login = "" if parts["login"] is None else self._whole(parts["login"], "LOGIN", "the login in the URL") + "@"
        return parts["scheme"] + login + parts["host"] + self._path(parts["path"]) + self._parameters(parts["query"])

    def of_header(self, name: str, value: str) -> str:
        """Take out whatever a header says that is not public; the word of a scheme stays."""
        if is_public(name):
            return value
        scheme = _SCHEME.match(value)
        kept, after = ("", "") if scheme is None else (scheme[0], f", after {scheme[0].strip()},")
        return kept + self._whole(value[len(kept) :], name, f"the header {name}{after}")

    def of_body(self, body: str) -> str:
        """Take out members and fields that are named like a secret, and what looks like a token."""
        if _JSON.match(body):
            return self._json(body)
        if re.match(r"[^\s=&]+=", body):
            return self._parameters(body, "the body")
        return self._words(body, "BODY", "the body")

    def of_text(self, text: str) -> str:
        """Take out of a line what looks like a token, or follows a word that names a secret."""
        return self._words(text, "LINE", "the line pattern")

    def everywhere(self, text: str) -> str:
        """Take out what was found to be a secret at another place of this target, short words left out."""
        for known in list(self.variables):
            if len(known.value) >= LEAST_DRAWN:
                text = self._again(text, known)
        return text

    def written(self, text: str) -> str:
        """Give the text of a setting that the environment fills: what only looks like a variable is escaped."""
        parts = _MARKED.split(text)
        return "".join(f"${{{part}}}" if at % 2 else _FILLED.sub("$$", part) for at, part in enumerate(parts))

    def _again(self, text: str, known: Variable) -> str:
        same = self._same(known)

        def literal(part: str) -> str:
            return re.sub(rf"\$*{re.escape(known.value)}", same, part)

        parts = re.split(f"({_MARK}[^{_MARK}]*{_MARK})", text)
        return "".join(part if at % 2 else _literals(part, literal) for at, part in enumerate(parts))

    def _same(self, known: Variable) -> Callable[[re.Match[str]], str]:
        def put(match: re.Match[str]) -> str:
            # A dollar sign in front of a variable would say that none is meant.
            return self._put(match[0], known.name, known.place) if match[0] != known.value else _mark(known.name)

        return put

    def _path(self, path: str) -> str:
        secret = set(secret_segments(path))
        shown = []
        for segment in path.split("/"):
            name, *rest = re.split(r"(?=;)", segment)
            shown.append((self._whole(name, "PATH", "a part of the path of the URL") if name in secret else name)
                         + "".join(self._parameters(each) for each in rest))  # fmt: skip
        return "/".join(shown)

    def _parameters(self, text: str, place: str = "the query of the URL") -> str:
        def put(match: re.Match[str]) -> str:
            name, equals, value = match[0].partition("=")
            if not equals:
                return self._words(match[0], "QUERY", place)
            if _names(name):
                return f"{name}={self._whole(value, name, f'the value of {name} in {place}')}"
            return f"{name}={self._words(value, name, f'the value of {name} in {place}')}"

        return _PARAMETER.sub(put, text)

    def _json(self, body: str) -> str:
        key = ""

        def put(match: re.Match[str]) -> str:
            nonlocal key
            text = match["text"]
            if match["colon"] is not None:
                key = text
                return match[0]
            place = f"the value of {key} in the body" if key else "a value in the body"
            if text is None:
                return self._whole(match[0], key, place) if _names(key) else match[0]
            return f'"{(self._whole if _names(key) else self._words)(text, key or "BODY", place)}"'

        return _JSON_PART.sub(put, body)

    def _words(self, text: str, name: str, place: str) -> str:
        """Take out what looks like a token, a URL that has a secret, and what the name of a secret precedes."""
        if without_logins(text) != text:
            return self._whole(text, name, place)

        def literal(part: str) -> str:
            before = ""

            def put(match: re.Match[str]) -> str:
                nonlocal before
                word, last = match[0], before.strip(":").rpartition("/")[2]
                before = word
                own, colon, value = word.partition(":")
                if colon and value and _names(own):
                    return f"{own}:{self._put(value, name, place)}"
                return self._put(word, name, place) if looks_drawn(word) or _names(last) else word

            return _WORD.sub(put, part)

        return _literals(text, literal)

    def _whole(self, text: str, name: str, place: str) -> str:
        """Take out all that is literal."""
        return _literals(text, lambda part: self._put(part, name, place))

    def _put(self, value: str, name: str, place: str) -> str:
        if not value.strip():
            return value
        known = next((each for each in self.variables if each.value == value), None)
        if known is None:
            if len(self.variables) == MOST:
                raise TooMany
            known = Variable(self._named(name), value, place)
            self.variables.append(known)
        return _mark(known.name)

    def _named(self, name: str) -> str:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
        end = re.sub(r"[^A-Z0-9]+", "_", words.upper()).strip("_")[:40] or "VALUE"
        base = f"{self._prefix}_{end}"[:LONGEST_NAME]
        number, found = 1, base
        while found in self._taken:
            number += 1
            found = f"{base}_{number}"
        self._taken.add(found)
        return found


class InPlace(Secrets):
    """Leaves the secrets where they are: for a target that is run at once, and written nowhere."""

    def of_url(self, url: str) -> str:
        """Give the URL."""
        return url

    def of_header(self, name: str, value: str) -> str:  # noqa: ARG002 - it is given for each header
        """Give the value."""
        return value

    def of_body(self, body: str) -> str:
        """Give the body."""
        return body

    def of_text(self, text: str) -> str:
        """Give the line."""
        return text


def has_mark(texts: Iterable[str]) -> bool:
    """Whether a text has the character that marks a variable here: no callback has."""
    return any(_MARK in text for text in texts)


def _names(name: str) -> bool:
    return names_a_secret(name) or is_secret(f"{name}=value")


def _mark(name: str) -> str:
    return f"{_MARK}{name}{_MARK}"


def _literals(text: str, change: Callable[[str], str]) -> str:
    """Change what stands between a template's variables."""
    parts = _VARIABLE.split(text)
    return "".join(part if at % 2 else change(part) if part else "" for at, part in enumerate(parts))
