"""What to do about an answer: by its status, by the method of the callback, and by what the answer itself says."""

import re

from sigcheck.model.delivery import Answer
from sigcheck.rules._evidence import quoted
from sigcheck.rules._told import Told

LIMITED = 429

HIGHEST = 599
"""The highest status that HTTP has a class for (RFC 9110, 15)."""

UNDER_LOAD = (
    "Let requests wait for a worker or a database lock instead of failing, and read the receiver's log for the time "
    "of this run: sigcheck sent these requests at the same moment as others, or while others were being processed, "
    "and the Cloud may do so too when many devices send."
)
REDIRECTS = frozenset((300, 301, 302, 303, 305, 307, 308))
"""Statuses that send a client elsewhere. A 304 does not: it speaks of a client's cache, which the Cloud has none of."""

FIXES = {
    304: "The server says that the content has not changed, although the callback did not ask: look for a "
    "cache in front of this path, and have it pass callbacks through.",
    400: "Accept the content type and body as they are configured in the portal; log a body that is refused.",
    401: "The credentials are missing, wrong or expired: set the Authorization header or the login of the callback.",
    403: "The server forbids the request: check for a web application firewall or CSRF protection on this path, and "
    "check the allowlist (give its rules with --allowlist FILE).",
    404: "Check the path in the callback's URL, a prefix that a proxy strips, and a trailing slash.",
    405: "The path does not accept this method: set the method of the callback (its default is GET), or add a route "
    "for this one.",
    408: "The server gave up reading the request: check the timeouts of the proxy in front of it.",
    409: "The receiver mistakes this new message for one that it already has: compare its key with (device, time, "
    "seqNumber).",
    411: "The server requires a Content-Length: look for a proxy that re-encodes bodies.",
    413: "The server refuses a callback of a few hundred bytes as too large: raise the proxy's body limit.",
    415: "The receiver does not accept this content type: accept application/json without a charset parameter.",
    421: "The server does not serve this host name on this connection: add the name to its configuration.",
    422: "The receiver refuses the body: compare its fields with the callback's body template.",
    426: "The server requires another HTTP version: allow HTTP/1.1 and HTTP/1.0 (Envoy refuses 1.0 by default).",
    LIMITED: "The server limits the rate: exempt the callback's path, because messages from many devices come in "
    "bursts.",
    500: "The receiver failed: read its log at the time of this run.",
    501: "The server does not know this method: set the method of the callback.",
    502: "The proxy got no valid answer from the application behind it: check that it runs.",
    503: "The server is overloaded or in maintenance: check its health and its start-up time.",
    504: "The proxy gave up waiting for the application: let it answer first and do the work afterwards.",
}
WITHOUT_A_BODY = {
    400: "Compare the parameters of the callback's URL with those that the receiver expects; a GET has no body.",
    415: "The receiver asks for a content type, and a GET has none: set the callback's method to POST.",
    422: "Compare the parameters of the callback's URL with those that the receiver expects; a GET has no body.",
}
BY_WORDS = (
    (re.compile(r"ALLOWED_HOSTS|DisallowedHost|Invalid HTTP_HOST header", re.IGNORECASE),
     "Add the callback's host name to ALLOWED_HOSTS in Django's settings."),
    (re.compile(r"CSRF", re.IGNORECASE),
     "Exempt the callback's path from CSRF protection: no form of the site sends it (Django: @csrf_exempt)."),
    (re.compile(r"too old|stale|expired message|timestamp", re.IGNORECASE),
     "The receiver refuses the message because of its age: the Cloud's last retry comes up to eight minutes later."),
)  # fmt: skip
"""Words of frameworks that name the cause more precisely than the status does."""

MARKUP = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<[^>]{0,500}>", re.IGNORECASE | re.DOTALL)


MOST_ODD = 4
"""One character in so many that cannot be printed makes an answer no text: quoting it would help nobody."""


def moved(told: Told) -> bool:
    """Whether an exchange was answered with a redirect."""
    return told.answer is not None and told.answer.status in REDIRECTS


def plain(answer: Answer) -> str:
    """Give the start of an answer's body as text, without markup and in one line."""
    text = answer.content.decode("utf-8", "replace")
    if text.lstrip()[:1] == "<":
        import html

        text = html.unescape(MARKUP.sub(" ", text))
    return " ".join(text.split())


def says(answer: Answer) -> str:
    """Quote the first words of an answer's body; "" where it has none."""
    text = plain(answer)
    odd = sum(not character.isprintable() or character == "\ufffd" for character in text)
    return quoted(text) if text and odd * MOST_ODD < len(text) else ""


def advice(answer: Answer, method: str) -> str:
    """Give the one thing to do about a refusing answer to a callback of that method."""
    text = plain(answer)
    for words, fix in BY_WORDS:
        if 400 <= answer.status <= 499 and words.search(text):
            return fix
    if method == "GET" and answer.status in WITHOUT_A_BODY:
        return WITHOUT_A_BODY[answer.status]
    if answer.status > HIGHEST:
        return "HTTP has no such status: look for the code that writes the status line; it may have a typing error."
    if answer.status in FIXES:
        return FIXES[answer.status]
    if answer.status >= 500:
        return FIXES[500]
    if answer.status >= 400:
        return WITHOUT_A_BODY[400] if method == "GET" else FIXES[400]
    return "Answer 200 or 204 as soon as the message is stored: no client treats this status as a success."
