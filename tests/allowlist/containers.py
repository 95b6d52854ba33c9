"""Rule sets as Docker, firewalld, ufw with fail2ban and plain routers make them, for a container behind a bridge.

Each is one text for iptables-restore, and the verdict on the range at port 443.
"""

from tests.allowlist.firewalls import OLD, RANGE

HOST, BRIDGE, CONTAINER, NETWORK = "wan0", "br-0a1b2c", "172.18.0.3", "172.18.0.0/16"


def docker(*user: str, port: int = 443, to: int = 443, inputs: str = "", policy: str = "ACCEPT") -> str:
    """Write the tables of a Docker 24 that publishes a port; `user` are the rules of DOCKER-USER."""
    users = "\n".join(f"-A DOCKER-USER {each}" for each in (*user, "-j RETURN"))
    return f"""*nat
:PREROUTING ACCEPT
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
:DOCKER -
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s {NETWORK} ! -o {BRIDGE} -j MASQUERADE
-A POSTROUTING -s {CONTAINER}/32 -d {CONTAINER}/32 -p tcp -m tcp --dport {to} -j MASQUERADE
-A DOCKER -i {BRIDGE} -j RETURN
-A DOCKER ! -i {BRIDGE} -p tcp -m tcp --dport {port} -j DNAT --to-destination {CONTAINER}:{to}
COMMIT
*filter
:INPUT {policy}
:FORWARD DROP
:OUTPUT ACCEPT
:DOCKER -
:DOCKER-ISOLATION-STAGE-1 -
:DOCKER-ISOLATION-STAGE-2 -
:DOCKER-USER -
{inputs}-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o {BRIDGE} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o {BRIDGE} -j DOCKER
-A FORWARD -i {BRIDGE} ! -o {BRIDGE} -j ACCEPT
-A FORWARD -i {BRIDGE} -o {BRIDGE} -j ACCEPT
-A DOCKER -d {CONTAINER}/32 ! -i {BRIDGE} -o {BRIDGE} -p tcp -m tcp --dport {to} -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i {BRIDGE} ! -o {BRIDGE} -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o {BRIDGE} -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
{users}
COMMIT
"""


def docker28(*user: str) -> str:
    """Write the tables of a Docker 28: chains of other names, and a raw table against direct routing."""
    users = "\n".join(f"-A DOCKER-USER {each}" for each in user)
    return f"""*raw
:PREROUTING ACCEPT
:OUTPUT ACCEPT
-A PREROUTING -d {CONTAINER}/32 ! -i {BRIDGE} -j DROP
COMMIT
*nat
:PREROUTING ACCEPT
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
:DOCKER -
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s {NETWORK} ! -o {BRIDGE} -j MASQUERADE
-A DOCKER ! -i {BRIDGE} -p tcp -m tcp --dport 443 -j DNAT --to-destination {CONTAINER}:8443
COMMIT
*filter
:INPUT ACCEPT
:FORWARD DROP
:OUTPUT ACCEPT
:DOCKER -
:DOCKER-BRIDGE -
:DOCKER-CT -
:DOCKER-FORWARD -
:DOCKER-ISOLATION-STAGE-1 -
:DOCKER-ISOLATION-STAGE-2 -
:DOCKER-USER -
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
-A DOCKER -d {CONTAINER}/32 ! -i {BRIDGE} -o {BRIDGE} -p tcp -m tcp --dport 8443 -j ACCEPT
-A DOCKER ! -i {BRIDGE} -o {BRIDGE} -j DROP
-A DOCKER-BRIDGE -o {BRIDGE} -j DOCKER
-A DOCKER-CT -o {BRIDGE} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1
-A DOCKER-FORWARD -j DOCKER-BRIDGE
-A DOCKER-FORWARD -i {BRIDGE} -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i {BRIDGE} ! -o {BRIDGE} -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-2 -o {BRIDGE} -j DROP
{users}
COMMIT
"""


def router(*rules: str, nat: str = f"-A PREROUTING -p tcp --dport 443 -j DNAT --to-destination {CONTAINER}") -> str:
    """Write a router that translates one port by hand and forwards nothing else."""
    forward = "\n".join(f"-A FORWARD {each}" for each in rules)
    return f"""*nat
:PREROUTING ACCEPT
:POSTROUTING ACCEPT
{nat}
-A POSTROUTING -s {NETWORK} ! -o {BRIDGE} -j MASQUERADE
COMMIT
*filter
:INPUT DROP
:FORWARD DROP
:OUTPUT ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
{forward}
COMMIT
"""


ESTABLISHED = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"

FIREWALLD = f"""*nat
:PREROUTING ACCEPT
:PREROUTING_ZONES -
:PRE_public -
-A PREROUTING -j PREROUTING_ZONES
-A PREROUTING_ZONES -g PRE_public
COMMIT
*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
:INPUT_ZONES -
:INPUT_ZONES_SOURCE -
:IN_public -
:IN_public_allow -
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -j INPUT_ZONES_SOURCE
-A INPUT -j INPUT_ZONES
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A INPUT_ZONES -i {HOST} -g IN_public
-A INPUT_ZONES -g IN_public
-A INPUT_ZONES_SOURCE -s {OLD} -g IN_public
-A IN_public -j IN_public_allow
-A IN_public -p icmp -j ACCEPT
-A IN_public_allow -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT
-A IN_public_allow -s {OLD} -p tcp -m tcp --dport 443 -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT
COMMIT
"""

UFW = f"""*filter
:INPUT DROP
:FORWARD DROP
:OUTPUT ACCEPT
:f2b-nginx -
:ufw-before-input -
:ufw-not-local -
:ufw-logging-deny -
:ufw-user-input -
:ufw-skip-to-policy-input -
-A INPUT -p tcp -m multiport --dports 80,443 -j f2b-nginx
-A INPUT -j ufw-before-input
-A f2b-nginx -s 185.110.98.4/32 -j REJECT --reject-with icmp-port-unreachable
-A f2b-nginx -j RETURN
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
-A ufw-not-local -j DROP
-A ufw-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
-A ufw-user-input -s {RANGE} -p tcp -m tcp --dport 443 -j ACCEPT
-A ufw-skip-to-policy-input -j DROP
COMMIT
"""

CONTAINERS: dict[str, tuple[str, str]] = {
    "docker-open": ("open", docker()),
    "docker-user-by-source": ("admitted", docker(f"-s {RANGE} -i {HOST} -j RETURN", f"-i {HOST} -j DROP")),
    "docker-user-part": ("partly", docker(f"-s {OLD} -i {HOST} -j RETURN", f"-i {HOST} -j DROP")),
    "docker-user-drops-one": ("partly", docker("-s 185.110.98.0/23 -j DROP")),
    "docker-user-original-port": (
        "admitted",
        docker(f"-i {HOST} ! -s {RANGE} -p tcp -m conntrack --ctorigdstport 443 --ctdir ORIGINAL -j DROP", to=8443),
    ),
    "docker-user-original-port-of-another": (
        "open",
        docker(f"-i {HOST} -p tcp -m conntrack --ctorigdstport 80 --ctdir ORIGINAL -j DROP", to=8443),
    ),
    "docker-user-drops-the-wrong-port": ("open", docker(f"-i {HOST} -p tcp --dport 443 -j DROP", to=8443)),
    "docker-user-drops-the-containers-port": (
        "admitted",
        docker(f"! -s {RANGE} -i {HOST} -p tcp --dport 8443 -j DROP", to=8443),
    ),
    "docker-user-original-source": (
        "admitted",
        docker(f"-m conntrack --ctstate NEW ! --ctorigsrc {RANGE} -j DROP"),
    ),
    "docker-passes-a-closed-input": ("open", docker(policy="DROP")),
    "docker-passes-an-allowlist-of-input": (
        "open",
        docker(inputs=f"-A INPUT -s {OLD} -p tcp --dport 443 -j ACCEPT\n-A INPUT -p tcp --dport 443 -j DROP\n"),
    ),
    "docker-another-port": (
        "partly",
        docker(port=80, inputs=f"-A INPUT ! -s {OLD} -p tcp --dport 443 -j DROP\n"),
    ),
    "docker-forgets-the-answers": ("refused", docker(f"-i {BRIDGE} -j DROP")),
    "docker28-open": ("open", docker28()),
    "docker28-by-source": (
        "admitted",
        docker28(f"-i {HOST} ! -s {RANGE} -m conntrack --ctstate NEW -j DROP"),
    ),
    "router-by-source": ("admitted", router(ESTABLISHED, f"-s {RANGE} -d {CONTAINER} -p tcp --dport 443 -j ACCEPT")),
    "router-by-translation": ("open", router(ESTABLISHED, "-m conntrack --ctstate DNAT -j ACCEPT")),
    "router-of-nothing": ("refused", router(ESTABLISHED)),
    "router-translates-some": (
        "partly",
        router(
            ESTABLISHED,
            "-j ACCEPT",
            nat=f"-A PREROUTING -s {OLD} -p tcp --dport 443 -j DNAT --to-destination {CONTAINER}:8443",
        ),
    ),
    "firewalld": ("partly", FIREWALLD),
    "ufw-and-fail2ban": ("partly", UFW),
}


def docker_nft(*user: str, to: int = 443, forward: str = "") -> str:
    """Write the table of a Docker that speaks nftables itself; `user` are rules of a table that is asked before it."""
    users = "\n    ".join(user)
    return f"""table ip mine {{
  chain forward {{
    type filter hook forward priority -10; policy accept;
    {users}
  }}
}}
table ip docker-bridges {{
  chain raw-prerouting {{
    type filter hook prerouting priority raw; policy accept;
    ip daddr {CONTAINER} iifname != "{BRIDGE}" counter drop
  }}
  chain nat-prerouting {{
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local counter jump nat-prerouting-and-output
  }}
  chain nat-prerouting-and-output {{
    iifname != "{BRIDGE}" tcp dport 443 counter dnat to {CONTAINER}:{to}
  }}
  chain nat-postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    oifname != "{BRIDGE}" ip saddr {NETWORK} counter masquerade
  }}
  chain filter-forward {{
    type filter hook forward priority filter; policy {forward or "accept"};
    oifname vmap {{ "{BRIDGE}" : jump in-bridge }}
    iifname vmap {{ "{BRIDGE}" : jump out-bridge }}
  }}
  chain in-bridge {{
    ct state established,related counter accept
    iifname "{BRIDGE}" counter accept
    ip daddr {CONTAINER} tcp dport {to} counter accept
    counter drop
  }}
  chain out-bridge {{
    ct state established,related counter accept
    counter accept
  }}
}}
"""


NFT_CONTAINERS: dict[str, tuple[str, str]] = {
    "open": ("open", docker_nft()),
    "by-source": ("admitted", docker_nft(f"iifname {HOST} ct state new ip saddr != {RANGE} drop")),
    "part": ("partly", docker_nft(f"ct status dnat ct direction original ip saddr != {OLD} drop", to=8443)),
    "original-port": (
        "admitted",
        docker_nft(f"meta l4proto tcp ct original proto-dst 443 ct original ip saddr != {RANGE} drop", to=8443),
    ),
    "the-wrong-port": ("open", docker_nft("tcp dport 443 drop", to=8443)),
    "the-containers-port": ("refused", docker_nft("tcp dport 8443 drop", to=8443)),
    "policy-drop": ("open", docker_nft(forward="drop")),
}
"""The same for `nft -f`."""
