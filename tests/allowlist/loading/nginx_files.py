"""nginx files that nginx loads, and files that it refuses to load."""

RANGE = "185.110.96.0/22"

SOUND: dict[str, str] = {
    "allow and deny": f"allow {RANGE};\ndeny all;\n",
    "low address bits": "allow 185.110.97.5/22;\ndeny all;\n",
    "ipv6": "allow 2001:db8::/32;\nallow ::ffff:192.0.2.1;\nallow ::/0;\ndeny all;\n",
    "unix": "allow unix:;\ndeny all;\n",
    "address with zeros": "allow 010.001.002.003;\ndeny all;\n",
    "prefix with a zero": "allow 10.0.0.0/08;\ndeny all;\n",
    "quoted address": f"allow \"{RANGE}\";\ndeny 'all';\n",
    "same line twice": "allow 192.0.2.1;\nallow 192.0.2.1;\ndeny all;\ndeny all;\n",
    "comment in the middle": f'allow # the Cloud\n  {RANGE} # as of 2026\n  ;\ndeny all; # }} {{ "\n',
    "several on a line": f"allow {RANGE};deny all;",
    "server": f"server {{ listen 9443; server_name a.example b.example; allow {RANGE}; deny all; }}",
    "location": f"location /sigfox {{ allow {RANGE}; deny all; return 204; }}",
    "locations": (
        "server { listen 9443; location = /a { deny all; } location ^~ /b { } location ~* \\.php$ { } location @x { } }"
    ),
    "location without a space": "server { listen 9443; location =/a { } location ^~/b { } location ~\\.php$ { } }",
    "exact and prefix of one name": "server { listen 9443; location = /a { } location /a { location /a/b { } } }",
    "limit_except": f"location / {{ limit_except POST PUT {{ allow {RANGE}; deny all; }} }}",
    "satisfy": (
        f'location / {{ satisfy any; allow {RANGE}; deny all; auth_basic "Staging"; auth_basic_user_file users; }}'
    ),
    "auth_basic off": "location / { auth_basic off; }",
    "geo": f"geo $cloud {{ default 0; {RANGE} 1; }}\nserver {{ listen 9443; if ($cloud = 0) {{ return 403; }} }}",
    "geo of a variable": (
        f"geo $http_x $cloud {{ default 0; proxy 10.0.0.0/8; proxy_recursive; {RANGE} 1; delete 10.1.0.0/16; }}"
    ),
    "geo ranges": "geo $cloud { ranges; default 0; 185.110.96.0-185.110.99.255 1; }",
    "geo broadcast": "geo $cloud { 255.255.255.255 1; }",
    "map": "map $remote_addr $ok { default 0; 192.0.2.1 1; ~^185\\.110\\.9[6-9]\\. 1; }",
    "if forms": """server { listen 9443;
  if ($request_method = POST) { set $a 1; }
  if ( $remote_addr != "192.0.2.1" ) { return 403; }
  if ($http_x ~* "a{2}|b") { return 403; }
  if (!-f $request_filename) { break; }
  if ($args) { return 302 /x; }
}""",
    "if in a location": "location / { if ($remote_addr = 192.0.2.1) { return 403; } }",
    "if on a header of a strange name": "location / { if ($http_x=1) { return 403; } }",
    "return forms": (
        "server { listen 9443; location /a { return 444; } location /b { return 200 'ok'; "
        "} location /c { return https://x/; } }"
    ),
    "real ip": (
        "set_real_ip_from 10.0.0.0/8;\nset_real_ip_from unix:;\nreal_ip_header "
        "X-Forwarded-For;\nreal_ip_recursive on;\n"
    ),
    "flag in capitals": "location / { internal; log_not_found OFF; }",
    "main": f"events {{ worker_connections 64; }}\nhttp {{ allow {RANGE}; deny all; server {{ listen 9443; }} }}\n",
    "listen forms": (
        "server { listen 9443 default_server; listen [::]:9443 ipv6only=on; "
        "listen 127.0.0.1:9444 backlog=5; listen unix:/tmp/x.sock; }"
    ),
    "two servers of one port": "server { listen 9443; server_name a; } server { listen 9443; server_name b; }",
    "escapes": 'location / { add_header X "a\\"b\\\\"; return 200 "a;b{c}"; }',
    "variable in braces": "location / { set $a 1; return 200 ${a}b; }",
    "brace inside a word": "location / { return 200 a}b; }",
    "quote inside a word": "location / { return 200 it's; }",
    "multi-line directive": f"allow\n\t{RANGE}\n;\r\ndeny all;\r\n",
    "empty": "\n# nothing\n",
    "nested locations": (
        f"server {{ listen 9443; location /a {{ location /a/b {{ location ~ x {{ allow {RANGE}; deny all; }} }} }} }}"
    ),
    "upstream": (
        "upstream app { server 127.0.0.1:8080 weight=2; server unix:/run/x; keepalive 4; "
        "} server { listen 9443; location / { proxy_pass http://app; } }"
    ),
    "types": "types { text/html html htm; image/gif gif; }\ndeny all;\n",
    "split clients": "split_clients $remote_addr $v { 50% a; * b; }",
    "error page": "server { listen 9443; error_page 403 404 = /x; error_page 500 =200 /y; location /x { internal; } }",
    "slash zero": "allow 0.0.0.0/0;\nallow 0.0.0.0;\n",
}

BROKEN: dict[str, str] = {
    "two addresses": f"server {{ listen 9443; location / {{ allow {RANGE} 192.0.2.1; deny all; }} }}",
    "no address": "allow;\ndeny all;\n",
    "no semicolon": f"allow {RANGE}\ndeny all;\n",
    "no semicolon before a brace": f"location / {{ allow {RANGE}; deny all }}",
    "no semicolon at the end": f"allow {RANGE};\ndeny all",
    "comma": f"allow {RANGE},192.0.2.1;\ndeny all;\n",
    "netmask": "allow 185.110.96.0/255.255.252.0;\ndeny all;\n",
    "mask too long": "allow 185.110.96.0/33;\n",
    "no mask": "allow 185.110.96.0/;\n",
    "negative mask": "allow 185.110.96.0/-1;\n",
    "part too large": "allow 185.110.256.0/22;\n",
    "three parts": "allow 185.110.96/22;\n",
    "range": "allow 185.110.96.0-185.110.99.255;\n",
    "host name": "allow callbacks.example.com;\n",
    "broadcast": "deny 255.255.255.255;\n",
    "wildcard": "allow 185.110.*.*;\n",
    "all in capitals": "deny ALL;\n",
    "from": "deny from all;\n",
    "ipv6 mask": "allow 2001:db8::/129;\n",
    "ipv6 in brackets": "allow [2001:db8::1];\n",
    "directive in capitals": "Allow all;\n",
    "misspelled": "dney all;\n",
    "misspelled too long": "allows 192.0.2.1;\n",
    "bare address": f"{RANGE};\n",
    "block without a brace": "server { listen 9443; location / allow all; }",
    "brace too many": "server { listen 9443; deny all; } }",
    "brace missing": "server { listen 9443; location / { deny all; }",
    "brace after a value": "allow all { }",
    "quote open": 'location / { auth_basic "Staging; allow all; deny all; }',
    "single quote open": "location / { auth_basic 'Staging; allow all; }",
    "word after a quote": 'location / { auth_basic "Staging"x; }',
    "semicolon alone": "allow all;; deny all;\n",
    "satisfy neither": "location / { satisfy either; }",
    "satisfy twice": "location / { satisfy any; satisfy all; }",
    "satisfy without a word": "location / { satisfy; }",
    "auth_basic twice": "location / { auth_basic a; auth_basic b; }",
    "auth_basic two words": "location / { auth_basic Staging area; }",
    "allow in if": "server { listen 9443; if ($remote_addr = 192.0.2.1) { deny all; } }",
    "allow in upstream": "upstream a { server 127.0.0.1; allow all; }",
    "allow in events": "events { allow all; }\nhttp { }\n",
    "location in http": "http { location / { deny all; } }",
    "location beside server": "server { listen 9443; } location / { deny all; }",
    "server in server": "server { listen 9443; server { listen 9444; } }",
    "if in http": "http { if ($a) { return 403; } }",
    "geo in server": "server { listen 9443; geo $a { default 0; } }",
    "return in http": "http { return 403; }",
    "geo without a dollar": "geo cloud { default 0; }",
    "geo three words": f"geo $a {{ {RANGE} 1 2; }}",
    "geo no value": f"geo $a {{ {RANGE}; }}",
    "geo bad network": "geo $a { 185.110.96.0/40 1; }",
    "geo range without ranges": "geo $a { 185.110.96.0-185.110.99.255 1; }",
    "geo ranges too late": "geo $a { default 0; 10.0.0.0/8 1; ranges; }",
    "geo range backwards": "geo $a { ranges; 185.110.99.0-185.110.96.0 1; }",
    "geo block in it": "geo $a { default 0; if { } }",
    "map three words": "map $remote_addr $ok { 192.0.2.1 1 2; }",
    "if without brackets": "location / { if $remote_addr = 192.0.2.1 { return 403; } }",
    "if without spaces round =": "location / { if ($remote_addr=192.0.2.1) { return 403; } }",
    "if with ==": "location / { if ($remote_addr == 192.0.2.1) { return 403; } }",
    "if with too many words": "location / { if ($remote_addr = 192.0.2.1 192.0.2.2) { return 403; } }",
    "if with and": "location / { if ($a = 1 && $b = 2) { return 403; } }",
    "if with in": "location / { if ($remote_addr in 192.0.2.0/24) { return 403; } }",
    "if empty": "location / { if () { return 403; } }",
    "if without a dollar": "location / { if (remote_addr = 192.0.2.1) { return 403; } }",
    "if pattern open": 'location / { if ($remote_addr ~ "(192") { return 403; } }',
    "else": "location / { if ($args) { return 403; } else { return 204; } }",
    "return without a code": "location / { return; }",
    "return word": "location / { return forbidden; }",
    "return too large": "location / { return 4033; }",
    "return three words": "location / { return 403 no entry; }",
    "real ip netmask": "set_real_ip_from 10.0.0.0/255.0.0.0;\n",
    "real ip two": "set_real_ip_from 10.0.0.0/8 192.0.2.1;\n",
    "real ip header twice": "real_ip_header X-Real-IP;\nreal_ip_header X-Forwarded-For;\n",
    "real ip recursive yes": "real_ip_recursive yes;\n",
    "include two": "include a.conf b.conf;\n",
    "location modifier": "server { listen 9443; location == /a { deny all; } }",
    "location three words": "server { listen 9443; location = /a b { deny all; } }",
    "location without a path": "server { listen 9443; location { deny all; } }",
    "location twice": "server { listen 9443; location /a { allow all; } location /a { deny all; } }",
    "location exact twice": "server { listen 9443; location = /a { allow all; } location =/a { deny all; } }",
    "location outside": "server { listen 9443; location /a { location /b { deny all; } } }",
    "location in exact": "server { listen 9443; location = /a { location /a/b { } } }",
    "named location inside": "server { listen 9443; location /a { location @b { } } }",
    "location pattern open": "server { listen 9443; location ~ [a-z { deny all; } }",
    "limit_except in server": "server { listen 9443; limit_except POST { deny all; } }",
    "limit_except no method": "location / { limit_except FETCH { deny all; } }",
    "limit_except empty": "location / { limit_except { deny all; } }",
    "listen twice": "server { listen 9443; listen *:9443; }",
    "two default servers": "server { listen 9443 default_server; } server { listen 9443 default_server; }",
    "listen port": "server { listen 94430; }",
    "listen parameter": "server { listen 9443 tls; }",
    "internal with a word": "location / { internal on; }",
    "http twice": "events { }\nhttp { }\nhttp { }\n",
    "root swallows the next line": f"server {{ listen 9443; root /srv\n allow {RANGE}; deny all; }}",
    "markdown": "```nginx\nallow all;\n```\n",
}
