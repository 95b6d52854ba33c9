"""The forms in which a secret may come back: as URLs, JSON, HTML and headers write it, or encoded as a whole."""

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from json import dumps
from urllib.parse import quote, quote_plus

LEAST_ENCODED = 8
"""Characters of an encoded secret that are looked for at the least: fewer stand in many other encoded texts."""


def forms(secret: str) -> Iterator[str]:
    """Give a secret in each form; capitals make no difference to whoever looks for them."""
    yield secret
    for safe in ("", "/", "/:@!$&'()*+,;=~"):
        once = quote(secret, safe=safe, errors="replace")
        yield once
        yield quote(once, safe="")
    yield quote_plus(secret, errors="replace")
    for text in (dumps(secret)[1:-1], dumps(secret, ensure_ascii=False)[1:-1]):
        yield text
        yield text.replace("/", "\\/")
        yield dumps(text)[1:-1]
    yield escape(secret)
    yield escape(secret).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    yield secret.replace("'", "\\'")
    yield secret.replace("'", "''")
    yield secret.encode("utf-8", "replace").decode("latin-1")
    yield "".join(f"&#{ord(each)};" for each in secret)
    yield "".join(f"&#x{ord(each):x};" for each in secret)
    yield "".join(f"\\u{ord(each):04x}" for each in secret)
    raw = secret.encode("utf-8", "replace")
    yield "".join(f"%{byte:02x}" for byte in raw)
    yield "".join(f"\\x{byte:02x}" for byte in raw)
    for text in (secret, secret.upper(), secret.lower()):
        yield from (each for each in encoded(text.encode("utf-8", "replace")) if len(each) >= LEAST_ENCODED)


def encoded(raw: bytes) -> Iterator[str]:
    """Give bytes in hexadecimal and in Base64, there as they stand at each of three places within longer ones."""
    yield raw.hex()
    for before in range(3):
        text = b64encode(b"\0" * before + raw).decode("ascii").rstrip("=")
        # The characters at both ends depend on what stands beside the bytes.
        whole = text[(0, 2, 3)[before] : len(text) - (1 if (before + len(raw)) % 3 else 0)]
        yield whole
        yield whole.replace("+", "-").replace("/", "_")
