"""nginx configurations for the real nginx: verdict, path of the callback, the http block's lines."""

RANGE = "185.110.96.0/22"

# name: (verdict on the range, path, lines of the http block)
NGINX: dict[str, tuple[str, str, str]] = {
    "whole-range": (
        "admitted",
        "/",
        f"server {{ listen 9443; allow {RANGE}; deny all; location / {{ empty_gif; }} }}",
    ),
    "old-range-in-a-location": (
        "partly",
        "/sigfox",
        """server { listen 9443;
  location / { empty_gif; }
  location /sigfox { allow 185.110.97.0/24; deny all; empty_gif; }
}""",
    ),
    "inner-rules-replace-outer": (
        "open",
        "/sigfox",
        f"""server {{ listen 9443; allow {RANGE}; deny all;
  location /sigfox {{ allow all; empty_gif; }}
  location / {{ empty_gif; }}
}}""",
    ),
    "inner-inherits": (
        "admitted",
        "/sigfox/up",
        f"""allow {RANGE}; deny all;
server {{ listen 9443; location /sigfox {{ location /sigfox/up {{ empty_gif; }} }} }}""",
    ),
    "deny-first": (
        "partly",
        "/",
        f"server {{ listen 9443; deny 185.110.98.0/24; allow {RANGE}; deny all; location / {{ empty_gif; }} }}",
    ),
    "deny-all-first": (
        "refused",
        "/",
        f"server {{ listen 9443; deny all; allow {RANGE}; location / {{ empty_gif; }} }}",
    ),
    "no-deny": ("open", "/", f"server {{ listen 9443; allow {RANGE}; location / {{ empty_gif; }} }}"),
    "geo-and-if": (
        "admitted",
        "/",
        f"""geo $cloud {{ default 0; {RANGE} 1; }}
server {{ listen 9443; if ($cloud = 0) {{ return 403; }} location / {{ empty_gif; }} }}""",
    ),
    "geo-longest-prefix": (
        "partly",
        "/",
        f"""geo $blocked {{ default 1; {RANGE} 0; 185.110.97.0/24 1; }}
server {{ listen 9443; location / {{ if ($blocked) {{ return 403; }} empty_gif; }} }}""",
    ),
    "other-server-is-open": (
        "admitted",
        "/",
        f"""server {{ listen 9444; location / {{ empty_gif; }} }}
server {{ listen 9443; allow {RANGE}; deny all; location / {{ empty_gif; }} }}""",
    ),
    "an-address-is-no-network": (
        "refused",
        "/",
        f"server {{ listen 9443; if ($remote_addr != {RANGE}) {{ return 403; }} location / {{ empty_gif; }} }}",
    ),
}
