"""What is said of one target of a fleet in plain text."""

from sigcheck.model.fleet import Cause
from sigcheck.report.fleet.telling import cause_words


def test_what_is_undecided_is_not_told_as_fulfilled():
    """The title of a rule says what is so where it is fulfilled, and what is wrong where it failed."""
    title = "A TLS handshake completes"
    undecided = Cause("tls-handshake-failed", "must", "undecided", title, "no address took a connection", binds=True)
    assert cause_words(undecided) == (
        "undecided whether a TLS handshake completes: no address took a connection (tls-handshake-failed)"
    )
    failed = Cause("reach-refused", "must", "fail", "The port refuses connections", "", binds=True)
    assert cause_words(failed) == "must: The port refuses connections (reach-refused)"
