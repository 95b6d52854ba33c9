"""A callback URL is parsed once, and what is wrong with it is one line with a fix and without its secrets."""

import pytest

from sigcheck.errors import UsageProblem
from sigcheck.model.evidence import Target
from sigcheck.target import parse_target


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port"),
    [
        ("https://receiver.example/sigfox", "https", "receiver.example", 443),
        ("http://receiver.example", "http", "receiver.example", 80),
        ("HTTPS://Receiver.Example:8443/?id={device}", "https", "receiver.example", 8443),
        ("https://user:pass@receiver.example/x", "https", "receiver.example", 443),
        ("https://192.0.2.1:1/", "https", "192.0.2.1", 1),
        ("https://[2001:DB8::1]:8443/", "https", "2001:db8::1", 8443),
        ("https://bücher.example/", "https", "xn--bcher-kva.example", 443),
        ("https://BÜCHER.example/", "https", "xn--bcher-kva.example", 443),
        ("https://пример.рф/", "https", "xn--e1afmkfd.xn--p1ai", 443),
        ("https://a_b.example/", "https", "a_b.example", 443),
        ("https://receiver.example./", "https", "receiver.example.", 443),
        ("https://localhost:65535", "https", "localhost", 65535),
    ],
    ids=["https", "http", "case", "login", "ipv4", "ipv6", "idn", "idn-case", "idn-both", "underscore", "dot", "port"],
)
def test_good_urls(url, scheme, host, port):
    """Scheme, host (as it is looked up) and port come out; the pattern stays as it was given."""
    assert parse_target(url) == Target(url, scheme, host, port)


@pytest.mark.parametrize(
    ("url", "names", "fix"),
    [
        ("", "has no scheme", "write https://"),
        ("receiver.example/x", "has no scheme", "write https://receiver.example/x"),
        ("//receiver.example/x", "has no scheme", "write https://receiver.example/x"),
        ("localhost:8080/x", "has no scheme", "write https://localhost:8080/x"),
        ("ftp://receiver.example/", "has the scheme 'ftp'", "https:// (or http://)"),
        ("://receiver.example/", "has the scheme ''", "https://"),
        ("https://", "has no host", "write https://host"),
        ("https:///path", "has no host", "write https://host"),
        ("https://:8443/path", "has no host", "write https://host"),
        ("https://receiver.example:0/", "bad port", "1 to 65535"),
        ("https://receiver.example:65536/", "bad port", "1 to 65535"),
        ("https://receiver.example:abc/", "bad port", "1 to 65535"),
        ("https://receiver.example:-1/", "bad port", "1 to 65535"),
        ("https://receiver.example/a b", "a space at position 27", "percent-encode"),
        (" https://receiver.example/", "a space at position 1", "percent-encode"),
        ("https://receiver.example/a\nb", "U+000A at position 27", "percent-encode"),
        ("https://receiver.example/\x00", "U+0000", "percent-encode"),
        ("https://receiver.example/\x1b[31m", "U+001B", "percent-encode"),
        ("https://receiver.example/\x85", "U+0085", "percent-encode"),
        ("https://receiver.example/\u2028", "U+2028", "percent-encode"),
        ("https://receiver.example/\udcff", "is not UTF-8", "percent-encode"),
        ("https://receiver.example/#part", "has a fragment", "%23"),
        ("https://receiver.example/?x={device}#{time}", "has a fragment", "%23"),
        ("https://[2001:db8::1/", "cannot be parsed", "write https://host"),
        ("https://[2001:db8::1]x/", "not an IPv6 address in brackets", "write https://["),
        ("https://receiver.example[2001:db8::1]/", "not an IPv6 address in brackets", "write https://["),
        ("https://[2001:db8::1]]:443/", "not an IPv6 address in brackets", "write https://["),
        ("https://[v1.fe]/", "not an IPv6 address in brackets", "write https://["),
        ("https:/receiver.example/x", "has no scheme", "write https://receiver.example/x"),
        ("http:receiver.example", "has no scheme", "write https://receiver.example"),
        ("https://{device}.example/", "placeholder in its host", "path or the query"),
        ("https://receiver..example/", "not a domain name", "spelling"),
        ("https://-receiver.example/", "not a domain name", "spelling"),
        ("https://a%20b.example/", "not a domain name", "spelling"),
        (f"https://{'a' * 64}.example/", "not a domain name", "spelling"),
        (f"https://{'a.' * 130}example/", "not a domain name", "spelling"),
        ("https://☃\u200d.example/", "not a domain name", "spelling"),
        ("https://256.1.1.1/", "not an IPv4 address", "0 to 255"),
        ("https://127.1/", "not an IPv4 address", "0 to 255"),
    ],
    ids=lambda value: None if not value.isascii() or not value.isprintable() else value[:40] or "empty",
)
def test_bad_urls(url, names, fix):
    """Each kind of bad URL is named in one printable line, with what to write instead."""
    with pytest.raises(UsageProblem) as caught:
        parse_target(url)
    assert names in caught.value.message
    assert fix in caught.value.fix
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@receiver.example:0/",
        "https://user:hunter2@/",
        "ftp://user:hunter2@receiver.example/",
        "user:hunter2@receiver.example/",
        "https://user:a hunter2@receiver.example/",
        "https://user:a\thunter2@receiver.example/",
        "https://user:a/hunter2@receiver.example/",
        "https://user:a#hunter2@receiver.example/",
        "https://user:a?hunter2@receiver.example/",
        "https://receiver.example:0/?token=hunter2",
        "https://receiver.example/?token=a hunter2",
        "receiver.example/?token=hunter2&x={device}",
        "https://receiver.example/?id={device}#token=hunter2",
        "https://256.1.1.1/?key=hunter2{device}",
        "https://[user:hunter2@x/",
        "https:/user:hunter2@receiver.example/",
        "https:/user:a/hunter2@receiver.example/",
        "https://user:hunter2@receiver\uff0fexample/",
    ],
)  # fmt: skip
def test_bad_urls_keep_their_secrets(url):
    """A login or a query value is not repeated by the error line, however the URL is broken."""
    with pytest.raises(UsageProblem) as caught:
        parse_target(url)
    assert "hunter2" not in str(caught.value)
