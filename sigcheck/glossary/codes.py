"""What a number means that the portal shows for a callback: an HTTP status, or 600 where there was none."""

from sigcheck.glossary.entry import Entry

_AGAIN = (
    "The Cloud sends the message again, up to three times. Sigfox publishes that errors are retried, "
    "and makes no difference between 4xx and 5xx; that both are treated alike is inferred."
)
_REDIRECT = "Sigfox does not publish whether the Cloud follows redirects. sigcheck counts one as a failure."

CLASSES = {
    "1": Entry(
        section="code", title="1xx", summary="An interim answer, after which the receiver sent no final one in time.",
        rules=("deadline-exceeded",),
    ),
    "2": Entry(
        section="code", title="2xx",
        summary="Success. An answer that came later than 10 s counts as a failure anyway.",
        more="A BIDIR callback wants 200 with a reply, or 204 without a body: `sigcheck explain downlink`.",
        rules=("deadline-exceeded", "response-downlink"),
        sure="That any 2xx is success is from an older official text and from an operator. Today's page says "
        '"appropriate HTTP status code".',
    ),
    "3": Entry(
        section="code", title="3xx", words=("redirect", "redirects", "redirected"),
        summary="The receiver, or a proxy in front of it, redirects to another URL.",
        more="Enter the final URL in the callback.",
        rules=("response-redirect",), sure=_REDIRECT,
    ),
    "4": Entry(
        section="code", title="4xx", summary="The receiver, or something in front of it, refused the message.",
        more=_AGAIN, rules=("response-not-2xx", "retry-rejected"),
    ),
    "5": Entry(
        section="code", title="5xx",
        summary="The receiver failed, or a proxy in front of it. If answers become slow before the errors "
        "begin, look at the answer times.",
        more=_AGAIN, rules=("response-not-2xx", "deadline-tight"),
    ),
}  # fmt: skip
"""First digit → what every status of the class means."""

_STATUS = {
    "301 Moved Permanently": "The URL has moved, often from http to https or to a path with a slash at its end.",
    "302 Found": "A redirect, often to a login page: then the receiver does not accept the credentials.",
    "303 See Other": "A redirect as an answer to a form: the receiver treats the Cloud as a browser.",
    "304 Not Modified": "A cache in front of the receiver answered. Let it pass the callback's path on.",
    "307 Temporary Redirect": "A redirect that keeps the method, often from http to https.",
    "308 Permanent Redirect": "A redirect that keeps the method, often from http to https.",
    "400 Bad Request": (
        "The receiver does not understand the body, a field, or a parameter of a GET. Compare the body template "
        "with what it expects. Django answers 400 as well for a host that ALLOWED_HOSTS does not name."
    ),
    "401 Unauthorized": (
        "The credentials are missing, wrong or expired. Compare the callback's Authorization header, or the login in "
        "its URL, with what the receiver expects. To verify the receiver, give `--header` the same header."
    ),
    "403 Forbidden": (
        "A web application firewall, a CSRF protection, an allowlist or missing credentials refuse the message."
    ),
    "404 Not Found": (
        "The path in the callback's URL is not the receiver's; look at a trailing slash. Some receivers answer 404 "
        "for a device that is not registered."
    ),
    "405 Method Not Allowed": (
        "The receiver does not accept the callback's method. The default of the portal's form is GET."
    ),
    "408 Request Timeout": (
        "The server waited for a part of the request that did not come in time: look at the proxy's time limits, "
        "and at the Content-Length that it reads."
    ),
    "409 Conflict": "The receiver answers an error for a message that it already has. Answer 2xx to a duplicate.",
    "413 Content Too Large": (
        "A limit for the size of a request is smaller than the callback's body, which is a few hundred bytes for "
        "most templates."
    ),
    "415 Unsupported Media Type": (
        "The receiver does not accept the callback's content type. Records of the portal show it without a charset."
    ),
    "421 Misdirected Request": (
        "The server does not serve this host name on this connection. It may need the name in the TLS handshake: "
        "look at the callback's switch Send SNI."
    ),
    "422 Unprocessable Content": (
        "The receiver does not accept a field or its type. With quotes around a variable, numbers arrive as text."
    ),
    "426 Upgrade Required": (
        "The server refuses the HTTP version. Records of the portal show HTTP/1.0, which Envoy and Istio refuse "
        "unless they are configured otherwise. sigcheck sends one message by HTTP/1.0 to see this."
    ),
    "429 Too Many Requests": "The receiver, or a proxy in front of it, limits the rate. Exempt the callback's path.",
    "499 Client Closed Request": (
        "nginx notes this in its log where the client gave up before there was an answer: the Cloud does after 10 s. "
        "No receiver sends it."
    ),
    "500 Internal Server Error": (
        "The receiver failed while it handled the message. Its log has the reason. A violated unique key is a "
        "common one: answer 2xx to a duplicate."
    ),
    "502 Bad Gateway": (
        "The proxy got no valid answer from the application behind it: it is down, it restarts, or it closed the "
        "connection."
    ),
    "503 Service Unavailable": (
        "The service is down, overloaded, or limits the rate. sigcheck waits as long as a Retry-After header asks, "
        "within bounds."
    ),
    "504 Gateway Timeout": (
        "The application behind the proxy did not answer in time. Store the message, answer, and work afterwards."
    ),
}
"""Status → what it means of a callback."""

_LOOK_AT = {
    "304": ("response-not-2xx",),
    "403": ("response-not-2xx", "reach-allowlist"),
    "408": ("response-not-2xx", "deadline-exceeded"),
    "409": ("retry-rejected", "response-not-2xx"),
    "421": ("response-not-2xx", "tls-needs-sni"),
    "429": ("response-not-2xx", "retry-rejected"),
    "499": ("deadline-exceeded", "deadline-cold-start"),
    "500": ("response-not-2xx", "retry-rejected"),
    "504": ("response-not-2xx", "deadline-exceeded"),
}
"""Status → the rules to look at, where they are not the first one of its class."""


def _status(name: str) -> Entry:
    code = name[:3]
    general = CLASSES["4" if code == "304" else code[0]]
    return Entry(
        section="code", title=name, words=(code, f"HTTP {code}", f"nginx {code}"), phrases=(name,),
        summary=_STATUS[name], more=general.more, rules=_LOOK_AT.get(code, general.rules[:1]),
        sure=general.sure,
    )  # fmt: skip


CANDIDATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("name that does not resolve", ("reach-unresolved",)),
    ("closed port, or a firewall that refuses", ("reach-refused", "reach-allowlist")),
    ("silence: a firewall drops the packets", ("reach-no-answer", "reach-allowlist")),
    ("private address", ("reach-private-address",)),
    ("failing TLS handshake", ("tls-handshake-failed", "tls-protocol-old")),
    ("untrusted or expired certificate", ("tls-untrusted-root", "tls-chain-incomplete", "tls-expired")),
    ("answer later than 10 s", ("deadline-exceeded",)),
    ("answer that clients do not understand", ("response-malformed",)),
)
"""What can be behind 600, and the rules that find it, in the order in which a callback meets them."""

NO_ANSWER = Entry(
    section="code",
    title="600",
    words=("no HTTP answer", "code 600", "status 600"),
    summary="600 is not an HTTP status. The portal shows it for a callback that got no HTTP answer at all, whatever "
    "the reason.",
    more=f"""\
The text beside it is not reliable: "Unresolved network address" was also shown for an expired certificate. An
e-mail callback that could not be sent shows 600 too.

What can be the cause, and the rule that finds it:

| Cause | Rule |
|---|---|
{chr(10).join(f"| {cause} | {', '.join(rules)} |" for cause, rules in CANDIDATES)}

Run everything but the replay first, which takes about a second: `sigcheck verify URL --skip retry,dedup`.""",
    pages=("troubleshooting",),
    sure="This is inferred from records of failed callbacks that were published. Sigfox does not publish what 600 "
    "means.",
)

CODES = (
    NO_ANSWER,
    *(_status(name) for name in _STATUS),
    CLASSES["5"],
    CLASSES["4"],
    CLASSES["3"],
    CLASSES["2"],
    CLASSES["1"],
)
"""600, the statuses with a meaning of their own, and the classes."""


def of_status(status: int) -> Entry | None:
    """Give what explains a status that a callback got: its own entry, or that of its class; None for no status."""
    code = str(status)
    own = next((entry for entry in CODES if code == entry.title or code in entry.words), None)
    return own or (CLASSES.get(code[0]) if len(code) == 3 else None)
