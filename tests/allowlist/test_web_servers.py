"""Readers of nginx and Apache: what each configuration means for the Cloud's range."""

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.judgement import Judgement
from sigcheck.allowlist.question import File, Question
from sigcheck.errors import UsageProblem

RANGE = "185.110.96.0/22"
GUARDED = "server { listen 443; if ($ok = 0) { return 403; } }"
RULES = f"allow {RANGE}; deny all;"


def judged(text: str, kind: str, path: str | None = None, host: str | None = None, port: int = 443) -> Judgement:
    """Read a text as one kind, whatever its content looks like."""
    return check([File("rules", text)], Question((RANGE,), port, host, path), kind).judgement


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        pytest.param("admitted", RULES, id="snippet"),
        pytest.param("partly", "allow 185.110.97.0/24; deny all;", id="old range"),
        pytest.param("refused", f"deny all; allow {RANGE};", id="deny first"),
        pytest.param("open", f"allow {RANGE};", id="no deny"),
        pytest.param("refused", "allow 2001:db8::/32; deny all;", id="ipv6 only"),
        pytest.param("refused", "allow unix:; deny all;", id="unix only"),
        pytest.param("admitted", f"server {{ listen 443 ssl; {RULES} location / {{ }} }}", id="server"),
        pytest.param("admitted", f"http {{ {RULES} server {{ listen 443; location /a {{ }} }} }}", id="inherited"),
        pytest.param("unclear", f"server {{ listen 80; {RULES} }}", id="another port"),
        pytest.param("unclear", f"server {{ listen [::]:443 ssl; {RULES} }}", id="ipv6 listener"),
        pytest.param("unclear", f"server {{ listen 127.0.0.1:443; {RULES} }}", id="loopback listener"),
        pytest.param("admitted", f"server {{ listen [::]:443 ipv6only=off; {RULES} }}", id="dual listener"),
        pytest.param(
            "admitted", f"server {{ listen 443; location / {{ }} location /s {{ {RULES} }} }}", id="places agree"
        ),
        pytest.param(
            "unclear",
            "server { listen 443; location / { } location /s { allow 185.110.97.0/24; deny all; } }",
            id="places differ",
        ),
        pytest.param(
            "admitted",
            f"server {{ listen 443; {RULES} location / {{ }} location @x {{ allow all; }} }}",
            id="named location is not reached",
        ),
        pytest.param("unclear", f"include nowhere.conf; {RULES}", id="include that cannot be read"),
        pytest.param("admitted", f"include mime.types; {RULES}", id="include without rules"),
        pytest.param("unclear", f"{RULES} access_by_lua_block {{ if x then y({{}}) end }}", id="lua decides"),
        pytest.param("unclear", "allow 1.2.3.4; deny all; satisfy any; auth_basic x;", id="password admits"),
        pytest.param("unclear", f'if ($http_x = "") {{ return 403; }} {RULES}', id="if on a header"),
        pytest.param("admitted", f"geo $ok {{ default 0; {RANGE} 1; }} {GUARDED}", id="geo"),
        pytest.param(
            "unclear",
            f"geo $http_x $ok {{ default 0; {RANGE} 1; }} {GUARDED}",
            id="geo of a header",
        ),
        pytest.param("unclear", "proxy_set_header Host $host;", id="snippet without a rule"),
        pytest.param("open", "server { listen 443; proxy_pass http://x; }", id="server without a rule"),
        pytest.param("refused", "return 403;", id="return for all"),
        pytest.param("unclear", f"frobnicate on; {RULES}", id="a directive that nobody knows"),
        pytest.param("admitted", f"more_clear_headers X; {RULES}", id="a module's directive"),
    ],
)
def test_nginx(verdict: str, text: str) -> None:
    """Each configuration gets the verdict that nginx's documentation gives it."""
    assert judged(text, "nginx").verdict == verdict


def test_nginx_long_list_of_refusals() -> None:
    """A blocklist of thousands of lines before the allow is walked, and its lines count one by one."""
    banned = "".join(f"deny 203.{n >> 8}.{n & 255}.7;\n" for n in range(3_000))
    assert judged(f"{banned}allow {RANGE};\ndeny all;\n", "nginx").verdict == "admitted"
    found = judged(f"{banned}deny 185.110.98.9;\nallow {RANGE};\ndeny all;\n", "nginx")
    assert (found.verdict, found.missing) == ("partly", ("185.110.98.9/32",))


def test_nginx_path_and_host_choose_the_place() -> None:
    """With the callback's URL, the server and the location that serve it decide alone."""
    text = f"""server {{ listen 443; server_name other.example; }}
server {{ listen 443; server_name a.example *.b.example;
  location / {{ }}
  location /sigfox {{ {RULES} }}
  location = /sigfox/no {{ deny all; }}
}}"""
    assert judged(text, "nginx", "/sigfox/up", "a.example").verdict == "admitted"
    assert judged(text, "nginx", "/sigfox/up", "x.b.example").verdict == "admitted"
    assert judged(text, "nginx", "/sigfox/no", "a.example").verdict == "refused"
    assert judged(text, "nginx", "/else", "a.example").verdict == "open"
    assert judged(text, "nginx", "/sigfox", "unknown.example").verdict == "open"


def test_nginx_pattern_locations_stay_possible() -> None:
    """A pattern is not run, so a location with one is a second possibility, unless ^~ rules it out."""
    text = "server {{ listen 443; location {} /s {{ {} }} location ~ \\.php {{ deny all; }} }}"
    assert judged(text.format("", RULES), "nginx", "/s/x").verdict == "unclear"
    assert judged(text.format("^~", RULES), "nginx", "/s/x").verdict == "admitted"


def test_nginx_dump_of_all_files() -> None:
    """`nginx -T` brings its included files along, with their own line numbers."""
    text = """# configuration file /etc/nginx/nginx.conf:
http { include /etc/nginx/sites/*.conf; }
# configuration file /etc/nginx/sites/one.conf:
server {
  listen 443;
  allow 185.110.97.0/24;
  deny all;
}
"""
    found = judged(text, "nginx")
    assert found.verdict == "partly"
    assert found.missing == ("185.110.96.0/24", "185.110.98.0/23")
    assert found.decides is not None
    assert found.decides.where == "/etc/nginx/sites/one.conf:4"


def test_nginx_shadow_is_named() -> None:
    """The deny that stands before the allow is named, and the allow that it shadows."""
    found = judged(f"deny 185.110.97.11;\nallow {RANGE};\ndeny all;\n", "nginx")
    assert found.verdict == "partly"
    assert found.missing == ("185.110.97.11/32",)
    assert (found.shadowed_by, found.shadowed) != (None, None)
    assert found.shadowed_by is not None
    assert found.shadowed is not None
    assert (found.shadowed_by.where, found.shadowed.where) == ("rules:1", "rules:2")


@pytest.mark.parametrize("text", ["server {", "}", "allow 1.2.3.4", "server { allow 1.2.3.4 }", "{" * 100, 'allow "x'])
def test_nginx_syntax_that_nginx_refuses(text: str) -> None:
    """A broken file is a usage problem, never a verdict."""
    with pytest.raises(UsageProblem):
        judged(text, "nginx")


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        pytest.param("admitted", f"Require ip {RANGE}", id="require"),
        pytest.param("admitted", "Require ip 185.110.96 185.110.97 185.110.98.0/255.255.254.0", id="short forms"),
        pytest.param("partly", "Require ip 185.110.97.0/24", id="old range"),
        pytest.param("open", "Require all granted", id="granted"),
        pytest.param("refused", "Require all denied", id="denied"),
        pytest.param("refused", "Require ip 2001:db8::/32\nRequire local", id="ipv6 and local"),
        pytest.param(
            "partly",
            f"<RequireAll>\nRequire ip {RANGE}\nRequire not ip 185.110.97.0/24\n</RequireAll>",
            id="all and not",
        ),
        pytest.param(
            "partly",
            "<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 185.110.97.0/24\n</RequireNone>\n"
            "</RequireAll>",
            id="none of",
        ),
        pytest.param("unclear", f"<RequireAll>\nRequire ip {RANGE}\nRequire valid-user\n</RequireAll>", id="user too"),
        pytest.param("admitted", f"<RequireAny>\nRequire ip {RANGE}\nRequire valid-user\n</RequireAny>", id="user or"),
        pytest.param("unclear", "Require host sigfox.com", id="host"),
        pytest.param("admitted", f"Order deny,allow\nDeny from all\nAllow from {RANGE}", id="old deny,allow"),
        pytest.param("partly", f"Order allow,deny\nAllow from {RANGE}\nDeny from 185.110.97", id="old allow,deny"),
        pytest.param("refused", f"Order allow,deny\nAllow from {RANGE}\nDeny from all", id="old deny wins"),
        pytest.param(
            "admitted",
            f"<IfModule !mod_authz_core.c>\nDeny from all\n</IfModule>\n"
            f"<IfModule mod_authz_core.c>\nRequire ip {RANGE}\n</IfModule>",
            id="version switch",
        ),
        pytest.param(
            "unclear", f"<IfModule mod_php.c>\nRequire all denied\n</IfModule>\nRequire ip {RANGE}", id="if module"
        ),
        pytest.param(
            "admitted",
            f"<Directory />\nRequire all denied\n</Directory>\n<VirtualHost *:443>\n"
            f"<Location />\nRequire ip \\\n  {RANGE}\n</Location>\n</VirtualHost>",
            id="virtual host and continuation",
        ),
        pytest.param("unclear", f"Include nowhere.conf\nRequire ip {RANGE}", id="include"),
        pytest.param(
            "unclear", f"RewriteCond %{{REMOTE_ADDR}} ^1\nRewriteRule . - [F]\nRequire ip {RANGE}", id="rewrite"
        ),
        pytest.param("unclear", f"<Limit POST>\nRequire ip {RANGE}\n</Limit>", id="some methods"),
        pytest.param("open", f"<LimitExcept GET POST PUT>\nRequire ip {RANGE}\n</LimitExcept>", id="other methods"),
        pytest.param("unclear", "Require shibboleth\nRequire ip 192.0.2.1", id="a module's provider"),
        pytest.param("unclear", f"Frobnicate on\nRequire ip {RANGE}", id="a directive that nobody knows"),
        pytest.param("unclear", "ServerTokens Prod", id="snippet without a rule"),
        pytest.param("unclear", "<VirtualHost *:80>\n</VirtualHost>", id="another port"),
        pytest.param("open", "<VirtualHost *:443>\nProxyPass / http://x/\n</VirtualHost>", id="host without a rule"),
    ],
)
def test_apache(verdict: str, text: str) -> None:
    """Each configuration gets the verdict that Apache's documentation gives it."""
    assert judged(text, "apache").verdict == verdict


def test_apache_path_and_host_choose_the_place() -> None:
    """With the callback's URL, the last <Location> that matches decides alone."""
    text = f"""<VirtualHost *:443>
ServerName a.example
<Directory /var/www>
Require all granted
</Directory>
<Location /sigfox>
Require ip {RANGE}
</Location>
</VirtualHost>
<VirtualHost *:443>
ServerName b.example
</VirtualHost>
"""
    found = judged(text, "apache")
    assert found.verdict == "admitted"
    assert "<location /sigfox>: admitted" in found.notes[0]
    assert "b.example" in found.notes[0]
    assert judged(text, "apache", "/sigfox/up", "a.example").verdict == "admitted"
    assert judged(text, "apache", "/sigfoxes", "a.example").verdict == "open"
    assert judged(text, "apache", "/sigfox", "b.example").verdict == "open"


@pytest.mark.parametrize("text", ["<Location />\nRequire all granted", "</Location>", "<Location />\n</Directory>"])
def test_apache_sections_that_do_not_close(text: str) -> None:
    """A broken file is a usage problem, never a verdict."""
    with pytest.raises(UsageProblem):
        judged(text, "apache")
