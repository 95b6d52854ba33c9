"""What is secret of what a user gave: of a URL, a header, a body and a command line.

Whatever may be one is taken for one: it costs nothing to hide a word where somebody else wrote it.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

HIDDEN = "***"

PLACEHOLDER = re.compile(r"(?<!\$)\{[A-Za-z][A-Za-z0-9]*(?:(?:#|%23)[A-Za-z0-9_-]*)?\}")
_CUSTOM = re.compile(r"\{customData#[A-Za-z0-9_-]{0,40}\}", re.IGNORECASE)
"""A variable of the payload configuration, as the portal writes it."""

# What a server or a user may make long is searched in one pass: where a search fails, none of these begins anew within
# what it has seen already.
_QUERY_PART = re.compile(r"[^&;]+")
_SECRET_WORD = re.compile(
    r"pass(?:wd|word|phrase)?|pwd|secret|tokens?|api-?_?key|key|auth(?:entication|orization)?|credentials?|signature|sig|"
    r"access|bearer|session|jwt",
    re.IGNORECASE,
)
_PUBLIC = frozenset(("accept", "cache-control", "connection", "dnt", "expect", "pragma", "te", "user-agent"))
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_LOGIN = re.compile(r"[^:/]:(?![0-9]*\Z)[^:/]{4,}\Z")
"""A name and its password, as in `bot123456:AAE…`; no host and its port."""

_RUN = re.compile(r"[A-Za-z0-9]+")
_SWITCH = re.compile(r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")
_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[a-z])")

LEAST_DRAWN, LEAST_MIXED, LEAST_DIGITS, LEAST_LETTERS = 8, 20, 16, 24
"""Characters from which on a part of a path looks drawn at random: where it mixes letters with digits, capitals with
others, has digits alone, or is no more than one word. Our choice, in docs/usage.md."""


def escape_variables(url: str) -> str:
    """Escape the # of a URL's custom variables: as the portal writes it, it begins no fragment."""
    return _CUSTOM.sub(lambda variable: variable[0].replace("#", "%23"), url)


def looks_drawn(text: str) -> bool:
    """Whether a part of a path looks like a token rather than a name: `3f9a0c71b2`, but not `uplink` or `device12`."""
    if _UUID.search(text):
        return True
    for run in _RUN.findall(text):
        if len(run) >= LEAST_DRAWN and len(_SWITCH.findall(run)) > 1:
            return True
        if len(run) >= LEAST_MIXED and len(_CASE.findall(run)) * 4 > len(run):
            return True
        if len(run) >= LEAST_DIGITS and run.isdigit():
            return True
        if len(run) >= LEAST_LETTERS:
            return True
    return _LOGIN.search(text) is not None


def names_a_secret(name: str) -> bool:
    """Whether a name is that of a secret: `token`, `X-Api-Key`, `--password`."""
    return any(_SECRET_WORD.fullmatch(word) for word in re.split(r"[^A-Za-z]+", name)) or (
        re.search(r"pass|secret|token|api[-_]?key|auth", name, re.IGNORECASE) is not None
    )


def secret_segments(path: str) -> Iterator[str]:
    """Give the parts of a path, as they stand, that look like tokens, or follow one that names a secret."""
    before = ""
    for segment in path.split("/"):
        name = segment.partition(";")[0]
        literal = unquote(PLACEHOLDER.sub("", name))
        if literal and (looks_drawn(literal) or (names_a_secret(before) and len(before) <= LEAST_MIXED)):
            yield name
        before = name


def secrets_of_url(url: str) -> tuple[str, ...]:
    """Give every string that must not be seen of a URL, as it stands and decoded.

    The login, also as Basic authorization has it; the values of its query, with or without a name, and of its matrix
    parameters; what looks like a token in its path.
    """
    try:
        parts = urlsplit(escape_variables(url))
    except ValueError:
        return ()
    found: list[str] = []
    if "@" in parts.netloc:
        userinfo = parts.netloc.rpartition("@")[0]
        user, _, password = userinfo.partition(":")
        plain = f"{unquote(user)}:{unquote(password)}"
        found += [userinfo, user, password, unquote(user), unquote(password), plain]
        found.append(b64encode(plain.encode("utf-8", "replace")).decode("ascii"))
    values = [value if equals else name for name, equals, value in _pairs(parts.query)]
    for segment in parts.path.split("/"):
        values += [value if equals else name for name, equals, value in _pairs(segment.partition(";")[2])]
    values += secret_segments(parts.path)
    for value in (*values, parts.fragment):
        literals = [part for part in PLACEHOLDER.split(value) if part]
        found += (
            literals + [unquote(part) for part in literals] + [unquote(part.replace("+", " ")) for part in literals]
        )
    return tuple(dict.fromkeys(found))


def _pairs(query: str) -> Iterator[tuple[str, str, str]]:
    return (part.partition("=") for part in _QUERY_PART.findall(query))


def is_public(name: str) -> bool:
    """Whether a header of this name says how to talk, and not who does: its value is no secret."""
    return name.lower() in _PUBLIC or name.lower().startswith(("accept-", "content-"))


def secrets_of_headers(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Give every string that must not be seen of headers, those that are public left out."""
    return tuple(secret for name, value in headers if not is_public(name) for secret in secrets_of_header(value))


def redact_header(name: str, value: str) -> str:
    """Hide the literal part of a header's value, unless its name says that it is public."""
    return value if is_public(name) else redact_value(value)


def secrets_of_header(value: str) -> tuple[str, ...]:
    """Give every string that must not be seen of a header value: the whole, its words, a decoded Basic login."""
    literals = [part.strip() for part in PLACEHOLDER.split(value) if part.strip()]
    words = [word for part in literals for word in part.split() if word.lower() not in {"bearer", "basic", "token"}]
    # A cookie, or a scheme with parameters: `sid=…; lang=…`, `Digest username="…"`.
    values = [word.partition("=")[2].strip("\"',;") for word in words if "=" in word.strip("=")]
    return tuple(dict.fromkeys((*literals, *words, *filter(None, values), *_decoded_login(value))))


def _decoded_login(value: str) -> tuple[str, ...]:
    scheme, _, encoded = value.strip().partition(" ")
    if scheme.lower() != "basic":
        return ()
    try:
        plain = b64decode(encoded, validate=True).decode()
    except ValueError:
        return ()
    user, _, password = plain.partition(":")
    return (plain, user, password)


_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[)")
_JSON_VALUE = re.compile(r'"((?:[^"\\]|\\.)*+)"\s*+(:?)|(?<![\w.{#])(-?[0-9][0-9.eE+-]{3,})', re.DOTALL)
"""A text of JSON, with the colon behind a name; or a number of four characters and more."""


def secrets_of_body(body: str) -> tuple[str, ...]:
    """Give the literal values of a body template: of JSON's texts and numbers, of a form's fields, of anything else."""
    if _JSON.match(body):
        values = [match[1] or match[3] or "" for match in _JSON_VALUE.finditer(body) if not match[2]]
    elif "=" in body:
        values = [value for _, equals, value in _pairs(body) if equals]
    else:
        values = re.split(r"[\s,;|]+", body)
    literals = [part for value in values for part in PLACEHOLDER.split(value) if part.strip()]
    return tuple(dict.fromkeys((*literals, *map(unquote, literals))))


def redact_body(body: str) -> str:
    """Hide the literal values of a body template; names, placeholders and punctuation stay."""
    if _JSON.match(body):
        return _JSON_VALUE.sub(_redact_json, body)
    if "=" not in body:
        return re.sub(r"[^\s,;|]+", lambda each: redact_value(each[0]), body)
    return re.sub(r"(?<==)[^&]+", lambda each: redact_value(each[0]), body)


def _redact_json(match: re.Match[str]) -> str:
    if match[2]:
        return match[0]
    return HIDDEN if match[3] is not None else f'"{redact_value(match[1])}"'


def redact_value(value: str) -> str:
    """Hide the literal part of a value; placeholders alone are no secret."""
    kept = "".join(PLACEHOLDER.findall(value))
    return value if kept == value else HIDDEN + kept
