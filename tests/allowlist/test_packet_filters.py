"""Readers of iptables-save, nft JSON and ufw: output of the real tools, and the cases that namespaces cannot show."""

import json
from typing import Any

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.judgement import Judgement
from sigcheck.allowlist.question import File, Question
from tests.allowlist.firewalls import NEW, iptables
from tests.allowlist.namespaces import rules_folder

RANGE = "185.110.96.0/22"
WEB = "-p tcp -m tcp --dport 443 -j ACCEPT"


def judged(*texts: str, port: int = 443, interface: str | None = None) -> Judgement:
    """Check texts as several files, their kinds told by their content."""
    files = [File(f"file{number}", text) for number, text in enumerate(texts)]
    return check(files, Question((RANGE,), port, interface=interface)).judgement


def saved(name: str) -> str:
    """Give what a real tool printed."""
    return (rules_folder() / name).read_text()


@pytest.mark.parametrize(
    ("verdict", "port", "name"),
    [
        pytest.param("admitted", 443, "ufw-verbose.txt", id="verbose"),
        pytest.param("admitted", 443, "ufw-numbered.txt", id="numbered"),
        pytest.param("admitted", 443, "ufw-plain.txt", id="plain"),
        pytest.param("open", 22, "ufw-verbose.txt", id="another port"),
        pytest.param("unclear", 2222, "ufw-verbose.txt", id="limit"),
        pytest.param("open", 1500, "ufw-verbose.txt", id="port range"),
        pytest.param("open", 8443, "ufw-verbose.txt", id="port list and log"),
        pytest.param("refused", 9000, "ufw-verbose.txt", id="default"),
        pytest.param("refused", 53, "ufw-verbose.txt", id="outbound rules admit nobody"),
        pytest.param("unclear", 9000, "ufw-plain.txt", id="default unknown"),
        pytest.param("unclear", 80, "ufw-verbose.txt", id="on an interface"),
        pytest.param("open", 80, "ufw-profile-verbose.txt", id="profile with its ports"),
        pytest.param("unclear", 80, "ufw-profile-plain.txt", id="profile without"),
        pytest.param("open", 443, "ufw-inactive.txt", id="inactive"),
        pytest.param("admitted", 443, "ufw-iptables-save.txt", id="the rules that ufw makes"),
        pytest.param("refused", 9000, "ufw-iptables-save.txt", id="their default"),
        pytest.param("open", 1500, "ufw-iptables-save.txt", id="their port list"),
    ],
)
def test_ufw(verdict: str, port: int, name: str) -> None:
    """What ufw 0.36.2 prints is read row by row, and agrees with the iptables rules that it makes."""
    assert judged(saved(name), port=port).verdict == verdict


def test_ufw_rows_for_ipv6_admit_nobody() -> None:
    """A port that is open over IPv6 alone is refused to the Cloud, not left open."""
    rows = saved("ufw-verbose.txt") + "9999/tcp (v6)   ALLOW IN    Anywhere (v6)\n"
    assert judged(rows, port=9999).verdict == "refused"


def test_ufw_rows_count_without_the_line_above_them() -> None:
    """Rows that were pasted without the table's head are still its rows."""
    head = "Status: active\nDefault: deny (incoming), allow (outgoing)\n"
    assert judged(f"{head}443/tcp                    ALLOW IN    {RANGE}\n").verdict == "admitted"


@pytest.mark.parametrize(
    ("verdict", "rules", "word"),
    [
        pytest.param("unclear", [f"-A INPUT -i eth0 -s {RANGE} {WEB}"], "--interface", id="interface"),
        pytest.param("unclear", [f"-A INPUT -m mark --mark 0x1 {WEB}"], "--mark", id="mark"),
        pytest.param("unclear", [f"-A INPUT -m geoip --source-country FR {WEB}"], "source-country", id="geoip"),
        pytest.param("unclear", [f"-A INPUT -d 192.0.2.1/32 -s {RANGE} {WEB}"], "own address", id="destination"),
        pytest.param("unclear", [f"-A INPUT -s {RANGE} -m limit --limit 5/min {WEB}"], "rates", id="rate limit"),
        pytest.param("unclear", [f"-A INPUT -m helper --helper ftp {WEB}"], "--helper ftp", id="helper"),
        pytest.param("unclear", [f"-A INPUT -m socket {WEB}"], "-m socket", id="match without an option"),
        pytest.param("unclear", ["-A INPUT -j CUSTOM"], "CUSTOM", id="unknown target"),
        pytest.param("unclear", [f"-A INPUT -s {RANGE} --made-up x {WEB}"], "--made-up x", id="unknown option"),
        pytest.param("unclear", [f"-A INPUT -s nobody {WEB}"], "-s nobody", id="no network"),
        pytest.param("unclear", ["Chain INPUT"], "not a line", id="no line of the format"),
        pytest.param(
            "refused", [f"-A INPUT -i lo {WEB}", f"-A INPUT -p udp -s {RANGE} -j ACCEPT"], "", id="not for us"
        ),
        pytest.param(
            "admitted",
            [
                f"-A INPUT -i eth0 -s {RANGE} {WEB}",
                f"-A INPUT ! -i eth0 -s {RANGE} {WEB}",
                f"-A INPUT -s {RANGE} {WEB}",
            ],
            "",
            id="same answer either way",
        ),
        pytest.param(
            "admitted",
            [
                '-A INPUT -m limit --limit 1/s -j LOG --log-prefix "-j DROP"',
                f'-A INPUT -s {RANGE} -m comment --comment "! -s 1.2.3.4" {WEB}',
            ],
            "",
            id="words in quotes",
        ),
    ],
)
def test_iptables_is_never_guessed(verdict: str, rules: list[str], word: str) -> None:
    """A match that the file does not settle makes the answer unclear and is named; one that cannot matter does not."""
    found = judged(iptables(NEW, *rules))
    assert found.verdict == verdict
    reasons = [each.reason for each in found.not_understood if each.matters]
    assert bool(reasons) == (verdict == "unclear")
    assert any(word in reason for reason in reasons) or not word


def test_iptables_interface_is_known_when_it_is_said() -> None:
    """--interface settles the rules that name one."""
    rules = iptables(NEW, f"-A INPUT -i eth+ -s {RANGE} {WEB}")
    assert judged(rules, interface="eth0").verdict == "admitted"
    assert judged(rules, interface="wlan0").verdict == "refused"


def test_iptables_names_the_packet_that_dies() -> None:
    """A firewall that forgets established connections is told so."""
    found = judged(iptables(f"-A INPUT -m conntrack --ctstate NEW -s {RANGE} {WEB}"))
    assert found.verdict == "refused"
    assert "admit established connections" in " ".join(found.notes)


def test_ip6tables_says_nothing_about_the_cloud() -> None:
    """ip6tables-save is no evidence about IPv4, neither way."""
    text = "# Generated by ip6tables-save v1.8.9\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
    assert judged(text).verdict == "unclear"
    opened = text.replace("COMMIT", f"-A INPUT {WEB}\nCOMMIT").replace("DROP", "ACCEPT")
    assert judged("# of our router\n" + opened).verdict == "unclear"


def test_rules_of_both_families_in_one_file_are_kept_apart() -> None:
    """A policy for IPv6 in the same file refuses the Cloud nothing, and an ACCEPT for IPv6 admits nobody."""
    four, six = (f"# Generated by {name}-save v1.8.9 (nf_tables) on Mon\n" for name in ("iptables", "ip6tables"))
    admits, refuses = iptables(NEW, f"-A INPUT -s {RANGE} {WEB}"), iptables(NEW)
    assert judged(four + admits + six + refuses).verdict == "admitted"
    assert judged(six + admits + four + refuses).verdict == "refused"


def test_iptables_without_its_filter_table_is_not_guessed() -> None:
    """`iptables-save -t nat` shows a table that refuses nobody; what the filter table does is not in it."""
    found = judged("*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n")
    assert found.verdict == "unclear"
    assert "filter table" in found.not_understood[0].reason


@pytest.mark.parametrize(
    "comment",
    [
        "# Table `filter' is incompatible, use 'nft' tool.",
        "# Warning: iptables-legacy tables present, use iptables-legacy-save to see them",
    ],
)
def test_rules_that_iptables_could_not_show_are_not_guessed(comment: str) -> None:
    """iptables-save says in a comment that rules are in force which it does not print."""
    found = judged(comment + "\n" + iptables(NEW, f"-A INPUT -s {RANGE} {WEB}"))
    assert found.verdict == "unclear"
    assert found.decides is not None
    assert found.decides.number == 1


def test_ipsets_come_from_the_file_beside() -> None:
    """Without `ipset save` a set is not understood; with it the set's members decide."""
    alone = judged(saved("iptables-ipset.txt"))
    assert alone.verdict == "unclear"
    assert judged(saved("iptables-ipset.txt"), saved("ipset-save.txt")).verdict == "admitted"
    pair = judged(saved("iptables-ipset-pair.txt"), saved("ipset-save.txt"))
    assert (pair.verdict, pair.missing) == ("partly", ("185.110.96.0/24", "185.110.98.0/23"))


@pytest.mark.parametrize("name", ["banned", "holed"])
def test_ipsets_that_are_not_exact_are_not_guessed(name: str) -> None:
    """Members with a timeout and exceptions leave the answer open."""
    rules = saved("iptables-ipset.txt").replace("match-set cloud", f"match-set {name}")
    assert judged(rules, saved("ipset-save.txt")).verdict == "unclear"


def test_nft_of_every_kind_of_rule() -> None:
    """Of the 42 rules that nft 1.0.6 printed here, exactly these have a part that is not understood."""
    listed = json.loads(saved("nft-everything.json"))["nftables"]
    about = [each for each in listed if "rule" not in each or each["rule"]["chain"] == "web"]
    reasons: dict[int, str] = {}
    tried = [each for each in listed if "rule" in each and each["rule"]["chain"] == "input"]
    for rule in tried:
        found = judged(json.dumps({"nftables": [*about, rule]}))
        if found.not_understood:
            reasons[rule["rule"]["handle"]] = found.not_understood[0].reason
    assert len(tried) == 42
    assert reasons == {
        17: "holds only on the interface eth0: give --interface",
        34: "limit: holds only at some rates",
        35: "limit: holds only at some rates",
        45: "holds only if this host's own address is in 10.0.0.1/32",
        54: 'match {"op":"==","left":{"numgen":{"mode":"inc","mod":2,"offset":0}},"right":0} is not understood',
        58: 'match {"op":"==","left":{"meta":{"key":"mark"}},"right":1} is not understood',
    }


def nft(*expressions: list[dict[str, Any]], policy: str = "drop", **more: Any) -> str:
    """Write nft's JSON with one input chain."""
    chain = {
        "family": "inet",
        "table": "t",
        "name": "in",
        "hook": "input",
        "prio": 0,
        "policy": policy,
        "type": "filter",
    }
    rules = [
        {"rule": {"family": "inet", "table": "t", "chain": "in", "handle": n, "expr": expression}}
        for n, expression in enumerate(expressions)
    ]
    table = {"table": {"family": "inet", "name": "t"}}
    return json.dumps({"nftables": [{"metainfo": {}}, table, {"chain": chain}, *more.get("objects", []), *rules]})


ESTABLISHED: list[dict[str, Any]] = [
    {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}},
    {"accept": None},
]


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        pytest.param([{"made-up": 1}], "made-up", id="statement"),
        pytest.param(
            [{"match": {"op": "==", "left": {"made": {}}, "right": 1}}, {"accept": None}], "match", id="match"
        ),
        pytest.param([{"match": 3}, {"accept": None}], "match", id="no match at all"),
        pytest.param([{"xt": None}], "iptables", id="iptables-nft"),
        pytest.param([{"jump": {"target": "gone"}}], "gone", id="chain that is not there"),
        pytest.param([{"vmap": {"key": {}, "data": "@gone"}}], "verdict map", id="map that is not there"),
        pytest.param([{"limit": {"rate": 1}}, {"accept": None}], "rates", id="rate limit"),
        pytest.param([{"queue": {"num": 1}}], "queue", id="queue"),
    ],
)
def test_nft_is_never_guessed(expression: list[dict[str, Any]], word: str) -> None:
    """A statement that is not understood leaves the answer open, and is named."""
    found = judged(nft(ESTABLISHED, expression))
    assert found.verdict == "unclear"
    assert word in " ".join(each.reason for each in found.not_understood if each.matters)


def test_several_files_must_all_admit() -> None:
    """Two firewalls in a row: what one of them refuses does not get in, and its line decides."""
    admits = iptables(NEW, f"-A INPUT -s {RANGE} {WEB}")
    found = judged(admits, "allow 185.110.97.0/24;\ndeny all;\n")
    assert (found.verdict, found.missing) == ("partly", ("185.110.96.0/24", "185.110.98.0/23"))
    assert found.decides is not None
    assert found.decides.where == "file1:2"
    assert judged(admits, "0.0.0.0/0\n").verdict == "admitted"
