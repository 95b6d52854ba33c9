"""nginx and Apache where another line than the obvious one decides: sockets, files not read, inner sections."""

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.judgement import Judgement
from sigcheck.allowlist.question import File, Question

RANGE = "185.110.96.0/22"
RULES = f"allow {RANGE}; deny all;"


def judged(text: str, path: str | None = None, host: str | None = None) -> Judgement:
    """Check a configuration, its kind told by its content."""
    return check([File("rules", text)], Question((RANGE,), 443, host, path)).judgement


@pytest.mark.parametrize("word", ["deny", "allow"])
def test_nginx_asks_only_the_servers_of_one_socket(word: str) -> None:
    """A server that listens on one address is the only one there: a name elsewhere does not win over it."""
    other = f"server {{ listen 203.0.113.5:443; server_name _; {word} all; }}"
    named = f"server {{ listen 443; server_name cb.example; {RULES} }}"
    assert judged(f"{other} {named}", "/", "cb.example").verdict == ("unclear" if word == "deny" else "admitted")
    together = other.replace("203.0.113.5:443", "*:443 default_server")
    assert judged(f"{together} {named}", "/", "cb.example").verdict == "admitted"


@pytest.mark.parametrize(
    "text",
    [
        f"http {{ include sites/*.conf; server {{ listen 443; server_name a; {RULES} }} }}",
        f"server {{ listen 443; include snippets/block.conf; location / {{ {RULES} }} }}",
    ],
    ids=["a server", "a return or a location"],
)
def test_nginx_a_file_that_is_not_there_may_decide(text: str) -> None:
    """What an include that cannot be read holds is not known, even where the other lines are clear."""
    found = judged(text, "/", "cb.example")
    assert found.verdict == "unclear"
    assert "cannot be read" in found.not_understood[0].reason


def test_nginx_the_named_server_is_found_without_the_other_files() -> None:
    """A server that is read and has the callback's name answers for it, whatever other files hold."""
    text = f"http {{ include sites/*.conf; server {{ listen 443; server_name cb.example; {RULES} }} }}"
    assert judged(text, "/", "cb.example").verdict == "admitted"


def test_apache_asks_only_the_hosts_of_one_address() -> None:
    """A virtual host of one address takes the connections to it, whatever the names of the others."""
    text = f"""<VirtualHost 203.0.113.5:443>
<Location />
Require all denied
</Location>
</VirtualHost>
<VirtualHost *:443>
ServerName cb.example
<Location />
Require ip {RANGE}
</Location>
</VirtualHost>
"""
    assert judged(text, "/", "cb.example").verdict == "unclear"
    assert judged(text.replace("203.0.113.5", "*"), "/", "cb.example").verdict == "admitted"


@pytest.mark.parametrize(
    ("verdict", "lines"),
    [
        pytest.param("refused", "Require all granted\nOrder deny,allow\nDeny from all", id="old and new lines"),
        pytest.param("admitted", f"Require all granted\nOrder allow,deny\nAllow from {RANGE}", id="both admit"),
        pytest.param(
            "unclear", "Require all granted\n<FilesMatch x>\nRequire all denied\n</FilesMatch>", id="files inside"
        ),
        pytest.param(
            "open", 'Require all granted\n<FilesMatch "^\\.ht">\nRequire all denied\n</FilesMatch>', id="its own files"
        ),
        pytest.param("unclear", "AuthMerging And\nRequire all granted", id="merged with the outer section"),
        pytest.param("open", "AuthMerging Off\nRequire all granted", id="not merged"),
        pytest.param("unclear", "Require all granted\nRewriteRule ^ - [R=403,L]", id="rewrite to 403"),
        pytest.param("unclear", "Require all granted\nRewriteRule ^ - [f]", id="flag in lower case"),
        pytest.param("open", "Require all granted\nRewriteRule ^ /x [R=301,L]", id="rewrite to another place"),
        pytest.param("unclear", "Require all granted\nRedirect 403 /", id="redirect to 403"),
        pytest.param("unclear", "Require all granted\nRedirectMatch gone ^/x", id="gone"),
        pytest.param("unclear", "Require all granted\nSecRuleEngine On", id="web application firewall"),
        pytest.param("open", "Require all granted\nSecRuleEngine DetectionOnly", id="firewall that only watches"),
        pytest.param("unclear", "Use OnlyFrom 192.0.2.0/24", id="macro"),
        pytest.param("open", "Require all granted\nRedirect permanent /a /b", id="redirect"),
    ],
)
def test_apache_every_line_that_may_refuse(verdict: str, lines: str) -> None:
    """A refusal beside Require counts, whichever module it belongs to."""
    text = f"<VirtualHost *:443>\n<Directory /srv>\n{lines}\n</Directory>\n</VirtualHost>\n"
    assert judged(text).verdict == verdict


def test_apache_firewall_of_the_whole_host_counts() -> None:
    """ModSecurity that is switched on for the host, if the module is there, may refuse whatever a section admits."""
    engine = "<IfModule security2_module>\nSecRuleEngine On\n</IfModule>\n"
    section = "<Directory /srv>\nRequire all granted\n</Directory>\n"
    assert judged(f"<VirtualHost *:443>\n{engine}{section}</VirtualHost>\n").verdict == "unclear"
    assert judged(f"{engine}<VirtualHost *:443>\n{section}</VirtualHost>\n").verdict == "unclear"


def test_apache_sections_of_a_proxy_with_a_pattern_count() -> None:
    """<ProxyMatch> guards a proxied receiver as <Proxy> does."""
    text = "<VirtualHost *:443>\n<ProxyMatch .*>\nRequire ip 185.110.97.0/24\n</ProxyMatch>\n</VirtualHost>\n"
    assert judged(text).verdict == "partly"


def test_nginx_break_skips_what_follows() -> None:
    """`break` before `return 403` lets those pass for whom its condition holds."""
    text = 'server { listen 443; if ($remote_addr ~ "^185") { break; } return 403; }'
    assert judged(text).verdict == "unclear"


def test_nginx_quic_is_no_tcp_listener() -> None:
    """HTTP/3 alone takes no TCP connection, so nothing is known of the port."""
    assert judged(f"server {{ listen 443 quic; {RULES} }}").verdict == "unclear"
