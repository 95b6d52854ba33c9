"""Rule sets for the real firewalls: as the administrator writes them, and the verdict that the range deserves."""

ESTABLISHED = "ct state established,related accept"


def nft(*rules: str, policy: str = "drop", before: str = "", declared: str = "", head: str = "") -> str:
    """Write an nftables rule set with one input chain."""
    body = "\n".join(f"    {rule}" for rule in rules)
    return f"""table inet filter {{
{declared}
  chain input {{
    type filter hook input priority {head or "filter"}; policy {policy};
{body}
  }}
}}
{before}
"""


def iptables(*rules: str, policy: str = "DROP", tables: str = "") -> str:
    """Write an iptables-restore script: the filter table, chains first, and other tables behind it."""
    chains = [rule for rule in rules if rule.startswith(":")]
    others = [rule for rule in rules if not rule.startswith(":")]
    given = "" if any(chain.startswith(":OUTPUT") for chain in chains) else ":OUTPUT ACCEPT\n"
    lines = [f":INPUT {policy}", ":FORWARD ACCEPT", *chains]
    return "*filter\n" + given + "\n".join([*lines, *others, "COMMIT"]) + "\n" + tables


NEW = "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
RANGE = "185.110.96.0/22"
OLD = "185.110.97.0/24"

# name: (verdict on the range, rule set)
NFTABLES: dict[str, tuple[str, str]] = {
    "whole-range": ("admitted", nft(ESTABLISHED, f"ip saddr {RANGE} tcp dport 443 accept")),
    "old-range": ("partly", nft(ESTABLISHED, f"ip saddr {OLD} tcp dport 443 accept")),
    "open": ("open", nft(ESTABLISHED, "tcp dport 443 accept")),
    "no-rule-policy-drop": ("refused", nft(ESTABLISHED, "tcp dport 22 accept")),
    "no-rule-policy-accept": ("open", nft(ESTABLISHED, "tcp dport 22 drop", policy="accept")),
    "reject-the-rest": (
        "admitted",
        nft(f"ip saddr {RANGE} tcp dport 443 accept", "tcp dport 443 reject with tcp reset", policy="accept"),
    ),
    "deny-first": (
        "refused",
        nft(ESTABLISHED, "tcp dport 443 drop", f"ip saddr {RANGE} tcp dport 443 accept", policy="accept"),
    ),
    "deny-one-address-first": (
        "partly",
        nft(ESTABLISHED, "ip saddr 185.110.97.11 drop", f"ip saddr {RANGE} tcp dport 443 accept"),
    ),
    "named-set-and-ports": (
        "admitted",
        nft(
            ESTABLISHED,
            "ip saddr @cloud tcp dport @web accept",
            declared=f"""  set cloud {{ type ipv4_addr; flags interval; elements = {{ {RANGE} }}; }}
  set web {{ type inet_service; elements = {{ 80, 443 }}; }}""",
        ),
    ),
    "set-with-a-gap": (
        "partly",
        nft(
            ESTABLISHED,
            "ip saddr @cloud tcp dport 443 accept",
            declared="""  set cloud { type ipv4_addr; flags interval;
    elements = { 185.110.96.0-185.110.97.10, 185.110.97.12-185.110.99.255 }; }""",
        ),
    ),
    "concatenation": (
        "admitted",
        nft(
            ESTABLISHED,
            "ip saddr . tcp dport @pair accept",
            declared=f"""  set pair {{ type ipv4_addr . inet_service; flags interval;
    elements = {{ {RANGE} . 443, 198.51.100.7 . 80 }}; }}""",
        ),
    ),
    "verdict-map": (
        "partly",
        nft(
            ESTABLISHED,
            "ip saddr vmap @who",
            declared="""  map who { type ipv4_addr : verdict; flags interval;
    elements = { 185.110.96.0/23 : accept, 185.110.98.0/24 : drop, 185.110.99.0/24 : jump web }; }
  chain web {
    tcp dport 443 accept
  }""",
        ),
    ),
    "port-range": ("admitted", nft(ESTABLISHED, f"ip saddr {RANGE} tcp dport 400-500 accept")),
    "other-port-range": ("refused", nft(ESTABLISHED, f"ip saddr {RANGE} tcp dport 444-500 accept")),
    "jump-and-return": (
        "partly",
        nft(
            ESTABLISHED,
            "tcp dport 443 jump web",
            "ip saddr 198.51.100.7 accept",
            declared=f"""  chain web {{
    ip saddr 185.110.96.0/24 return
    ip saddr {RANGE} accept
  }}""",
        ),
    ),
    "negated-source": ("admitted", nft(f"ip saddr != {RANGE} tcp dport 443 drop", policy="accept")),
    "negated-other-protocol": ("open", nft("udp dport != 443 drop", "ip6 saddr != ::1 drop", policy="accept")),
    "ipv6-only": ("refused", nft(ESTABLISHED, "ip6 saddr 2001:db8::/32 tcp dport 443 accept")),
    "two-tables": (
        "partly",
        nft(
            ESTABLISHED,
            f"ip saddr {RANGE} tcp dport 443 accept",
            before=f"""table ip late {{
  chain input {{
    type filter hook input priority 10; policy accept;
    ip saddr != {OLD} tcp dport 443 drop
  }}
}}""",
        ),
    ),
    "dropped-before-routing": (
        "partly",
        nft(
            ESTABLISHED,
            f"ip saddr {RANGE} tcp dport 443 accept",
            before="""table ip early {
  chain pre {
    type filter hook prerouting priority raw; policy accept;
    ip saddr 185.110.98.0/23 drop
  }
}""",
        ),
    ),
    "redirect-to-8443": (
        "admitted",
        nft(
            ESTABLISHED,
            f"ip saddr {RANGE} tcp dport 8443 accept",
            before="""table ip nat {
  chain pre {
    type nat hook prerouting priority dstnat;
    tcp dport 443 redirect to :8443
  }
}""",
        ),
    ),
    "drop-after-the-redirect": (
        "partly",
        nft(
            ESTABLISHED,
            f"ip saddr {RANGE} tcp dport 8443 accept",
            before="""table ip late {
  chain pre {
    type filter hook prerouting priority filter; policy accept;
    tcp dport 443 drop
  }
}
table ip nat {
  chain pre {
    type nat hook prerouting priority dstnat;
    tcp dport 443 redirect to :8443
  }
}
table ip early {
  chain pre {
    type filter hook prerouting priority raw; policy accept;
    ip saddr 185.110.98.0/24 tcp dport 443 drop
    ip saddr 185.110.97.0/24 tcp dport 8443 drop
  }
}""",
        ),
    ),
    "established-forgotten": ("refused", nft(f"ip saddr {RANGE} tcp dport 443 ct state new accept")),
    "answers-forgotten": (
        "partly",
        nft(
            ESTABLISHED,
            f"ip saddr {RANGE} tcp dport 443 accept",
            before=f"""table ip answers {{
  chain output {{
    type filter hook output priority filter; policy drop;
    ip daddr {OLD} tcp sport 443 accept
  }}
}}""",
        ),
    ),
    "loopback-only": ("refused", nft('iifname "lo" accept', ESTABLISHED, policy="drop")),
    "syn-flags": (
        "admitted",
        nft(ESTABLISHED, f"ip saddr {RANGE} tcp dport 443 tcp flags & (fin | syn | rst | ack) == syn accept"),
    ),
    "local-destination": (
        "admitted",
        nft("fib daddr type != local drop", ESTABLISHED, f"ip saddr {RANGE} tcp dport {{ 80, 440-445 }} accept"),
    ),
}

IPTABLES: dict[str, tuple[str, str]] = {
    "whole-range": ("admitted", iptables(NEW, f"-A INPUT -s {RANGE} -p tcp -m tcp --dport 443 -j ACCEPT")),
    "old-range": ("partly", iptables(NEW, f"-A INPUT -s {OLD} -p tcp -m tcp --dport 443 -j ACCEPT")),
    "reject-the-rest": (
        "admitted",
        iptables(
            f"-A INPUT -s {RANGE} -p tcp -m tcp --dport 443 -j ACCEPT",
            "-A INPUT -p tcp -m tcp --dport 443 -j REJECT --reject-with icmp-port-unreachable",
            policy="ACCEPT",
        ),
    ),
    "deny-first": (
        "refused",
        iptables(
            NEW,
            "-A INPUT -p tcp -m tcp --dport 443 -j DROP",
            f"-A INPUT -s {RANGE} -p tcp -m tcp --dport 443 -j ACCEPT",
        ),
    ),
    "multiport": (
        "admitted",
        iptables(NEW, f"-A INPUT -s {RANGE} -p tcp -m multiport --dports 80,400:450 -j ACCEPT"),
    ),
    "user-chain": (
        "partly",
        iptables(
            ":WEB -",
            NEW,
            "-A INPUT -p tcp -m tcp --dport 443 -j WEB",
            "-A WEB -s 185.110.98.0/24 -j RETURN",
            f"-A WEB -s {RANGE} -j ACCEPT",
        ),
    ),
    "goto": (
        "partly",
        iptables(
            ":WEB -",
            NEW,
            "-A INPUT -s 185.110.96.0/23 -g WEB",
            f"-A INPUT -s {RANGE} -p tcp -m tcp --dport 443 -j ACCEPT",
            "-A WEB -s 185.110.97.11/32 -p tcp -j ACCEPT",
        ),
    ),
    "iprange": (
        "admitted",
        iptables(
            NEW,
            "-A INPUT -p tcp -m iprange --src-range 185.110.96.0-185.110.99.255 -m tcp --dport 443 -j ACCEPT",
        ),
    ),
    "negated": (
        "admitted",
        iptables(f"-A INPUT ! -s {RANGE} -p tcp -m tcp --dport 443 -j DROP", policy="ACCEPT"),
    ),
    "raw-table": (
        "partly",
        iptables(
            NEW,
            f"-A INPUT -s {RANGE} -p tcp -m tcp --dport 443 -j ACCEPT",
            tables="*raw\n:PREROUTING ACCEPT\n-A PREROUTING -s 185.110.97.0/24 -j DROP\nCOMMIT\n",
        ),
    ),
    "no-state-before-tracking": (
        "refused",
        iptables(
            f"-A INPUT -s {RANGE} -p tcp -m tcp --dport 443 -j ACCEPT",
            tables="*raw\n:PREROUTING ACCEPT\n-A PREROUTING -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n",
        ),
    ),
    "nat-redirect": (
        "refused",
        iptables(
            NEW,
            f"-A INPUT -s {RANGE} -p tcp -m tcp --dport 443 -j ACCEPT",
            tables="*nat\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp --dport 443 -j REDIRECT --to-ports 8443\nCOMMIT\n",
        ),
    ),
    "open": ("open", iptables(NEW, "-A INPUT -p tcp -m tcp --dport 443 --syn -j ACCEPT")),
    "established-forgotten": (
        "refused",
        iptables(f"-A INPUT -s {RANGE} -p tcp -m state --state NEW -m tcp --dport 443 -j ACCEPT"),
    ),
    "output-policy": (
        "refused",
        iptables(":OUTPUT DROP", NEW, f"-A INPUT -s {RANGE} -p tcp -m tcp --dport 443 -j ACCEPT"),
    ),
    "not-local-dropped": (
        "admitted",
        iptables(
            NEW,
            "-A INPUT -m addrtype ! --dst-type LOCAL -j DROP",
            f"-A INPUT ! -i lo -s {RANGE} -p tcp -m tcp --dport 443 -j ACCEPT",
        ),
    ),
}
