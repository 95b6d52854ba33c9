"""The one place that hides secrets, and has hostile text disarmed, in front of every renderer and every error line.

Hidden are: user and password of a URL, the literal part of every query value, the values of the headers
that the user gave, and what an observer was given to log in with. A server that echoes one of them back
does not get it into a report.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import quote, unquote, urlsplit

import msgspec

from sigcheck.disarm import disarm
from sigcheck.needles import SHORTEST, Needles

HIDDEN = "***"
SHORTEST_LITERAL = SHORTEST
"""A shorter secret is hidden where it stands, but not searched for elsewhere: that would blank half a report."""

LIKELY_CUT = 120
"""Characters from which on a text may be one that was shortened without a mark; shorter ones carry a '…'."""

# Words of ours, which no secret may blank: a token that happens to be "pass" must not hide a status. Fields of a
# closed vocabulary (Literal) are known by their type.
OURS = frozenset(("rule", "family", "selected", "scenario", "label", "protocol", "read", "help", "clock", "run"))

_QUOTED = re.compile(r"""'[^']*+'|"(?:\\.|[^"\\])*+"|\\.""", re.DOTALL)
_SHELL_WORD = re.compile(rf"""(?:{_QUOTED.pattern}|[^\s'"\\]++)++""", re.DOTALL)
_SHELLS = frozenset(("sh", "ash", "bash", "dash", "ksh", "zsh"))

# What a server or a user may make long is searched in one pass: where a search fails, none of these begins anew within
# what it has seen already.
_PLACEHOLDER = re.compile(r"\{[A-Za-z][A-Za-z0-9#]*\}")
_PARAMETER = re.compile(r"(?P<name>[?&;][^=&;#]*+)(?:=(?P<value>[^&;#]*+))?")
# "https:/" is a slip of the hand; what stands behind it is no less secret.
_USERINFO = re.compile(r"(?P<scheme>^(?:https?:/)?|//)(?P<userinfo>[^/?#]*)@")
# A login whose password has a raw slash, hash or question mark: the part in front of it is then no host and port.
_BROKEN_USERINFO = re.compile(
    r"(?P<scheme>^(?:https?:/)?|//)(?P<userinfo>[^/?#:@]*:(?![0-9]*(?:[/?#]|$)).*)@", re.DOTALL
)
_FRAGMENT = re.compile(r"#.*", re.DOTALL)
_T = TypeVar("_T", bound=msgspec.Struct)


def redact_url(url: str) -> str:
    """Hide a URL's user, password, query values and fragment, but show its placeholders. Takes text that is no URL."""
    for login in (_USERINFO, _BROKEN_USERINFO):
        # Both end with an @: what stands behind the last one has no part in it.
        before, at, rest = url.rpartition("@")
        url = login.sub(lambda match: f"{match['scheme']}{HIDDEN}@", before + at, count=1) + rest
    url = _FRAGMENT.sub("#" + HIDDEN, url)
    return disarm(_PARAMETER.sub(_redact_parameter, url))


def _redact_parameter(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    return name if value is None else f"{name}={redact_value(value)}"


def redact_value(value: str) -> str:
    """Hide the literal part of a value; placeholders alone are no secret."""
    kept = "".join(_PLACEHOLDER.findall(value))
    return value if kept == value else HIDDEN + kept


def secrets_of_url(url: str) -> tuple[str, ...]:
    """Give every string that must not be seen of a URL: user, password, both together in Base64, query values."""
    found: list[str] = []
    try:
        parts = urlsplit(url)
    except ValueError:
        return ()
    if "@" in parts.netloc:
        userinfo = parts.netloc.rpartition("@")[0]
        user, _, password = userinfo.partition(":")
        plain = f"{unquote(user)}:{unquote(password)}"
        found += [userinfo, user, password, unquote(user), unquote(password), plain]
        found.append(b64encode(plain.encode()).decode("ascii"))
    for match in _PARAMETER.finditer("?" + parts.query):
        literals = [part for part in _PLACEHOLDER.split(match["value"] or "") if part]
        found += literals + [unquote(part) for part in literals]
    return tuple(found)


def secrets_of_header(value: str) -> tuple[str, ...]:
    """Give every string that must not be seen of a header value: the whole, its words, a decoded Basic login."""
    literals = [part.strip() for part in _PLACEHOLDER.split(value) if part.strip()]
    words = [word for part in literals for word in part.split() if word.lower() not in {"bearer", "basic", "token"}]
    return (*literals, *words, *_decoded_login(value))


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


def secrets_of_command(arguments: Iterable[str]) -> tuple[str, ...]:
    """Give the secrets in a command's arguments: logins, headers, and values of options named like a secret.

    What a shell is told to run is searched like a command of its own.
    """
    found: list[str] = []
    before = ""
    shell = False
    for argument in arguments:
        name, separator, value = argument.partition("=")
        if "://" in argument:
            found += secrets_of_url(argument[argument.find("=") + 1 :] if separator and "://" in value else argument)
        if _secret_option(before):
            found.append(argument)
        if separator and _secret_option(name):
            found.append(value)
        found += _secrets_of_option(before, argument)
        found += _secrets_of_option(name, value) if argument.startswith("--") else ()
        found += _secrets_of_option(argument[:2], argument[2:]) if argument[:2] in {"-u", "-H"} else ()
        if shell and re.fullmatch(r"-[a-z]*c", before):
            found += secrets_of_command(_words(argument))
        shell = shell or argument.rpartition("/")[2] in _SHELLS
        before = argument
    return tuple(found)


def _secrets_of_option(option: str, value: str) -> tuple[str, ...]:
    """Give what is secret of the value of curl's -u and -H, which other programs have too; -sH is -s and -H."""
    if option == "--user" or re.fullmatch(r"-[A-Za-z]*u", option):
        return (value.partition(":")[2],)
    if option == "--header" or re.fullmatch(r"-[A-Za-z]*H", option):
        return secrets_of_header(value.partition(":")[2])
    return ()


def _words(script: str) -> list[str]:
    """Split as a shell does, also where a quote is not closed; shlex copies each word at each of its characters."""
    return [_QUOTED.sub(_unquoted, match.group()) for match in _SHELL_WORD.finditer(script)]


def _unquoted(match: re.Match[str]) -> str:
    text = match.group()
    if text[0] == "'":
        return text[1:-1]
    return re.sub(r'\\(["\\$`\n])', r"\1", text[1:-1]) if text[0] == '"' else text[1:]


def _secret_option(name: str) -> bool:
    words = r"pass|secret|token|api-?key|auth"
    return re.fullmatch(r"[A-Za-z_-]*", name) is not None and re.search(words, name, re.IGNORECASE) is not None


def _forms(secret: str) -> Iterator[str]:
    """Give a secret as a server may throw it back: in a URL, in JSON (PHP's too), in HTML, in the wrong charset."""
    from html import escape
    from json import dumps

    yield secret
    for safe in ("", "/", "/:@!$&'()*+,;=~"):
        yield quote(secret, safe=safe, errors="replace")
    for text in (dumps(secret)[1:-1], dumps(secret, ensure_ascii=False)[1:-1]):
        yield text
        yield text.replace("/", "\\/")
    yield escape(secret)
    yield escape(secret).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    yield secret.encode("utf-8", "replace").decode("latin-1")


@cache
def _closed_fields(struct: type[msgspec.Struct]) -> frozenset[str]:
    """Give the fields of a struct whose words are all ours: those typed as a Literal, or as something of Literals."""

    def is_closed(hint: Any) -> bool:
        return get_origin(hint) is Literal or any(is_closed(part) for part in get_args(hint))

    return frozenset(name for name, hint in get_type_hints(struct).items() if is_closed(hint))


class Redactor:
    """Hides a run's secrets in any text or any struct; keeps our own words (rule ids, statuses) as they are."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        usable = {form for secret in secrets if len(secret) >= SHORTEST_LITERAL for form in _forms(secret)}
        self._secrets = Needles(usable)
        self._bytes = Needles(secret.encode("utf-8", "replace") for secret in usable)

    def text(self, text: str) -> str:
        """Hide secrets in one text, also one that a cut left the beginning of, and disarm it."""
        text = self._secrets.hide(text, HIDDEN)
        ends = [match.start() for match in re.finditer("…", text)]
        ends += [len(text)] if len(text) >= LIKELY_CUT else []
        return disarm(self._secrets.hide_begun(text, HIDDEN, ends) if ends else text)

    def _raw(self, content: bytes) -> bytes:
        content = self._bytes.hide(content, HIDDEN.encode())
        ends = [len(content)] if len(content) >= LIKELY_CUT else []
        return self._bytes.hide_begun(content, HIDDEN.encode(), ends)

    def struct(self, value: _T) -> _T:
        """Hide secrets in every text of a struct, however deep, and disarm them; a URL loses its query values too."""
        walked: _T = self._walk(value, None)
        return walked

    def _walk(self, value: Any, field: str | None) -> Any:
        if isinstance(value, str):
            # An enum member is a word of ours whatever its field is called.
            if type(value) is not str or field in OURS:
                return value
            return self.text(redact_url(value) if field == "url" else value)
        if isinstance(value, bytes):
            return self._raw(value)
        if isinstance(value, tuple):
            items = tuple(self._walk(item, field) for item in value)
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        if isinstance(value, msgspec.Struct):
            closed = _closed_fields(type(value))
            changed = {
                name: new
                for name in value.__struct_fields__
                if name not in closed and (new := self._walk(old := getattr(value, name), name)) is not old
            }
            return msgspec.structs.replace(value, **changed) if changed else value
        return value
