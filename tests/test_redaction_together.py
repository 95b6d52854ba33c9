"""The texts of a struct are looked at together where that is enough: what is hidden is the same as one by one."""

import pytest
from msgspec import Struct, structs

from sigcheck.redaction.redact import Redactor, untouched
from sigcheck.words import Own

SECRET = "tok-3f9a17c2"
LONG = "x" * 115 + SECRET[:6]


class Inner(Struct, frozen=True):
    """Two sentences of ours and two texts from elsewhere."""

    said: Own
    fix: Own | None
    seen: str
    more: str | None = None


class Outer(Struct, frozen=True):
    """Two of them."""

    one: Inner
    other: Inner


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        ("a plain text", "a plain text"),
        (f"echo {SECRET}", "echo ***"),
        (SECRET.upper(), "***"),
        ("https://user:pw@host/", "https://***@host/"),
        ("/?token=abcdefgh", "/?token=***"),
        ("CN=a.example", "CN=a.example"),
        ("a\x1bb", "a\\x1bb"),
        ("::error ::x", ": :error : :x"),
        (LONG, "x" * 115 + "***"),
        (SECRET[:6] + "…", "***…"),
    ],
)
@pytest.mark.parametrize("beside", ["", "harmless"])
def test_a_text_from_elsewhere_is_hidden_beside_others(seen, shown, beside):
    """Each kind of text that is changed by itself is changed in a struct, whatever stands beside it."""
    given = Inner("said", None, seen, beside)
    assert Redactor((SECRET,)).struct(given) == structs.replace(given, seen=shown)


def test_two_texts_do_not_make_a_secret_together():
    """A secret whose halves stand in two fields is in none of them: both stay."""
    given = Inner("said", None, "first", "second")
    assert Redactor(("first second",)).struct(given) is given


def test_a_sentence_of_ours_is_disarmed_and_no_more():
    """A control in one of two sentences of ours is shown; a secret there blanks no word of it."""
    given = Inner(f"the {SECRET} stays", "an order: ::error x", "seen")
    assert Redactor((SECRET,)).struct(given) == structs.replace(given, fix="an order: : :error x")


def test_in_a_host_that_is_hidden_every_sentence_is_looked_at():
    """Where all is to be hidden, sentences of ours are no exception."""
    given = Inner(f"the host {SECRET}", None, "seen")
    assert Redactor((SECRET,), everywhere=True).struct(given) == structs.replace(given, said="the host ***")


def test_what_was_changed_is_looked_at_again():
    """Of the structs of another, only those in which nothing was hidden are passed over by a second redactor."""
    clean, changed = Inner("said", None, "clean"), Inner("said", None, "https://us\ner:pw@host/")
    before = Outer(clean, changed)
    after = Redactor((SECRET,)).struct(before)
    assert untouched(before, after) == [clean]
    # Made visible, the break no longer keeps the login from being seen.
    assert Redactor(seen=untouched(before, after)).struct(after).other.seen == "https://***@host/"


def test_what_was_seen_is_passed_over():
    """A struct that is named as seen is given as it is."""
    given = Outer(Inner("said", None, SECRET), Inner("said", None, SECRET))
    shown = Redactor((SECRET,), seen=(given.one,)).struct(given)
    assert (shown.one, shown.other.seen) == (given.one, "***")
