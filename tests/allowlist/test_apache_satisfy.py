"""Satisfy any and all, in Apache and in nginx: who passes by the address alone, and who is asked for a password."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.judgement import Judgement
from sigcheck.allowlist.question import File, Question
from tests.allowlist.loading import apache
from tests.allowlist.namespaces import demand

HERE, RANGE = "127.0.0.1/32", "185.110.96.0/22"
USER = "AuthType Basic\nAuthName x\nAuthUserFile /dev/null\nRequire valid-user\n"
ORDERS = {
    "none": "",
    "allowed": f"Order deny,allow\nDeny from all\nAllow from {HERE}\n",
    "not allowed": "Order deny,allow\nDeny from all\nAllow from 192.0.2.0/24\n",
    "not denied": "Order deny,allow\nDeny from 192.0.2.0/24\n",
    "allow only": f"Order allow,deny\nAllow from {HERE}\n",
    "deny wins": f"Order allow,deny\nAllow from all\nDeny from {HERE}\n",
    "neither": "Order allow,deny\nAllow from 192.0.2.0/24\n",
}
REQUIRES = {
    "a user": USER,
    "the address": f"Require ip {HERE}\n",
    "another address": "Require ip 192.0.2.1\n",
    "either": f"{USER}Require ip {HERE}\n",
}


def judged(text: str, kind: str, wanted: str = HERE) -> Judgement:
    """Judge a text for one range."""
    return check([File("rules", text)], Question((wanted,)), kind).judgement


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that Apache may read as another user."""
    with TemporaryDirectory() as path:
        yield Path(path)


def test_apache_lets_in_whom_the_reading_lets_in(folder: Path) -> None:
    """Whatever Order, Require and Satisfy stand together, the answer to 127.0.0.1 is the one predicted."""
    demand("apache2")
    cases = {
        f"{order}, {required}, {satisfy}": f"{ORDERS[order]}{REQUIRES[required]}Satisfy {satisfy}\n"
        for order in ORDERS
        for required in REQUIRES
        for satisfy in ("any", "all")
    }
    with apache.htaccess(folder) as port:
        statuses = dict(zip(cases, apache.statuses(list(cases.values()), folder, port), strict=True))
    assert set(statuses.values()) == {200, 401, 403}
    # What a password decides cannot be told; without one, Apache asks for it.
    said = {name: judged(text, "apache").verdict for name, text in cases.items()}
    wrong = {
        name: (said[name], status)
        for name, status in statuses.items()
        if (status == 200) != (said[name] in {"admitted", "open"}) or (status == 401) != (said[name] == "unclear")
    }
    assert not wrong


def test_the_specimen_is_admitted_by_the_line_that_admits() -> None:
    """Satisfy Any with a password admits the range by its Allow line, as nginx's satisfy any does."""
    text = f"{USER}Order deny,allow\nDeny from all\nAllow from {RANGE}\nSatisfy Any\n"
    found = judged(text, "apache", RANGE)
    assert (found.verdict, found.notes, found.not_understood) == ("admitted", (), ())
    assert found.decides is not None
    assert found.decides.text == f"Allow from {RANGE}"
    nginx = f"location / {{ satisfy any; auth_basic x; allow {RANGE}; deny all; }}"
    assert judged(nginx, "nginx", RANGE).verdict == "admitted"


def test_a_password_that_is_asked_for_as_well_gets_a_word() -> None:
    """Under satisfy all, the default, the callback has to send credentials, and the line that asks is named."""
    nginx = judged(f"location / {{\n auth_basic x;\n allow {RANGE};\n deny all;\n}}", "nginx", RANGE)
    assert nginx.verdict == "admitted"
    assert nginx.notes[0].startswith("rules:2: a user name and a password are required as well: the callback must send")
    off = judged(f"location / {{ auth_basic off; allow {RANGE}; deny all; }}", "nginx", RANGE)
    assert off.notes == ()
    apache_too = judged(f"{USER}Order deny,allow\nDeny from all\nAllow from {RANGE}\n", "apache", RANGE)
    assert apache_too.notes[0].startswith("rules:4: a user name and a password are required as well")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"<RequireAll>\nRequire all granted\nRequire not ip {RANGE}\n</RequireAll>\n", "all of its lines hold"),
        (f"<RequireAll>\nRequire not ip {RANGE}\nRequire all granted\n</RequireAll>\n", "all of its lines hold"),
        (f"Order allow,deny\nAllow from {RANGE}\nDeny from 185.110.96.0/24\n", "a Deny wins over an Allow"),
    ],
)
def test_what_overrides_what_is_said_in_words_that_fit(text: str, words: str) -> None:
    """Where the order of the lines decides nothing, nobody is told that one comes first."""
    assert words in judged(text, "apache", RANGE).because
    assert judged(f"deny {RANGE};\nallow {RANGE};", "nginx", RANGE).because == "that line comes first and shadows"
