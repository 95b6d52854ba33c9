"""What a number means that the portal shows for a callback: an HTTP status, or 600 where there was none."""

import re

NO_ANSWER = """\
600 is not an HTTP status. The Sigfox portal shows it for a callback that got no HTTP answer at all. The text beside
it is not reliable: "Unresolved network address" was also shown for an expired certificate, and "Connection refused"
for a closed port. An e-mail callback that could not be sent shows 600 too.

That reading is inferred from records of failed callbacks that were published; Sigfox's own pages do not define 600.

What can be the cause, and the rule that finds it:

  the name does not resolve                            reach-unresolved
  the port is closed, or a firewall rejects the Cloud  reach-refused, reach-allowlist
  nothing answers: a firewall drops the packets        reach-no-answer, reach-allowlist
  the address is private                               reach-private-address
  the TLS handshake fails                              tls-handshake-failed, tls-protocol-old
  the certificate is not trusted, or has expired       tls-untrusted-root, tls-chain-incomplete, tls-expired
  the answer comes later than 10 s after the request   deadline-exceeded

Run `sigcheck verify URL`, and read on with `sigcheck explain RULE`.
"""

_CLASSES = {
    "1": "an interim answer. A receiver that sends no final answer after it: deadline-exceeded",
    "2": "success. An answer that came too late counts as a failure all the same: deadline-exceeded",
    "3": "a redirect. The Cloud is not known to follow it: response-redirect",
    "4": "a refusal, by the receiver or by something in front of it. The message is delivered again:\n"
    "response-not-2xx, and retry-rejected where only retries are refused",
    "5": "an error of the receiver, or of a proxy in front of it. The message is delivered again:\nresponse-not-2xx",
}
_SPECIAL = {
    "401": "The credentials are missing, wrong or expired.",
    "403": "A firewall, a CSRF protection or missing credentials refuse it; see reach-allowlist too.",
    "404": "The path in the URL of the callback is not the receiver's.",
    "405": "The method of the callback is not the receiver's; the portal's default is GET.",
    "415": "The content type of the callback is not the receiver's.",
    "429": "The receiver, or a proxy in front of it, limits the rate.",
}


def code_in_words(word: str) -> str | None:
    """Explain a number from the portal's list of messages; None where it is none that a callback can have."""
    if word == "600":
        return NO_ANSWER
    if not re.fullmatch(r"[1-5][0-9][0-9]", word):
        return None
    special = f"{_SPECIAL[word]}\n" if word in _SPECIAL else ""
    return f"{word} is an HTTP status: {_CLASSES[word[0]]}.\n{special}\nRead on with `sigcheck explain RULE`.\n"
