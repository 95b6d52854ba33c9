"""The forms in which a secret may come back: as URLs, JSON, HTML and headers write it, or encoded as a whole."""

from base64 import b64encode
from collections.abc import Iterator
from json import dumps
from urllib.parse import quote, quote_plus

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_QUOTED = _ESCAPED | str.maketrans({'"': "&quot;", "'": "&#x27;"})
"""As html.escape has them: the module html would load a table of all entities besides."""
_GO = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&"})
_MARKED = tuple(str.maketrans({each: f"\\{each}" for each in marked}) for marked in ("'", "\\", "'\\", '"\\', "'\"\\"))
"""What a program writes a backslash in front of, in a text between quotes."""

LEAST_ENCODED = 8
"""Characters of an encoded secret that are looked for at the least: fewer stand in many other encoded texts."""


_QUOTES = {'"': ('"', "&quot;", "&#34;", "&#x22;"), "'": ("'", "&#39;", "&#x27;", "&apos;")}
"""How HTML may write the quotes; who escapes for the text alone leaves both."""


def forms(secret: str) -> Iterator[str]:
    """Give a secret in each form; capitals make no difference to whoever looks for them."""
    yield secret
    yield from _in_urls(secret)
    yield from _in_json(secret)
    yield from _in_html(secret)
    yield from _in_code(secret)
    yield secret.encode("utf-8", "replace").decode("latin-1")
    yield secret.upper()
    yield secret.lower()
    for text in (
        secret,
        secret.upper(),
        secret.lower(),
        secret.title(),
        dumps(secret)[1:-1],
        secret.translate(_QUOTED),
    ):
        yield from (each for each in encoded(text.encode("utf-8", "replace")) if len(each) >= LEAST_ENCODED)


def _in_urls(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "replace")
    for safe in ("", "/", "/:@!$&'()*+,;=~"):
        once = quote(secret, safe=safe, errors="replace")
        twice = quote(once, safe="")
        yield from (once, twice, quote(twice, safe=""))
    yield quote_plus(secret, errors="replace")
    each_byte = "%" + raw.hex("%") if raw else ""
    for sign in ("%", "%25", "\\x"):
        yield each_byte.replace("%", sign)


def _in_json(secret: str) -> Iterator[str]:
    for text in (dumps(secret)[1:-1], dumps(secret, ensure_ascii=False)[1:-1]):
        # PHP escapes the slash, Go what HTML would read.
        for each in (text, text.replace("/", "\\/"), text.translate(_GO)):
            yield each
            yield dumps(each)[1:-1]
    yield "".join(f"\\u{ord(each):04x}" for each in secret)


def _in_html(secret: str) -> Iterator[str]:
    yield "".join(f"&#{ord(each)};" for each in secret)
    yield "".join(f"&#x{ord(each):x};" for each in secret)
    for text in (secret, secret.replace("&", "&amp;"), secret.translate(_ESCAPED)):
        for double in _QUOTES['"']:
            for single in _QUOTES["'"]:
                yield text.replace('"', double).replace("'", single)


def _in_code(secret: str) -> Iterator[str]:
    yield repr(secret)[1:-1]
    for marked in _MARKED:
        yield secret.translate(marked)
    yield secret.replace("'", "''")
    yield secret.replace("'", "'\\''")


def encoded(raw: bytes) -> Iterator[str]:
    """Give bytes in hexadecimal and in Base64, there as they stand at each of three places within longer ones."""
    for between in ("", ":", " ", "-"):
        yield raw.hex(between) if between else raw.hex()
    for before in range(3):
        text = b64encode(b"\0" * before + raw).decode("ascii").rstrip("=")
        # The characters at both ends depend on what stands beside the bytes.
        whole = text[(0, 2, 3)[before] : len(text) - (1 if (before + len(raw)) % 3 else 0)]
        yield whole
        yield whole.replace("+", "-").replace("/", "_")
