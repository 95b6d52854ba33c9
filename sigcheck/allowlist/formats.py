"""Writes the range for a firewall, ready to paste.

One function a format, each under a comment with date and source.

What refuses the rest of the world is written too where the format needs it: an allow without a deny is no
allowlist.
"""

from collections.abc import Callable, Sequence
from ipaddress import ip_network

import msgspec
from msgspec import Struct

from sigcheck.errors import UsageProblem
from sigcheck.policy import Source
from sigcheck.redaction.disarm import disarm


class Sheet(Struct, frozen=True):
    """What a format writes: the ranges as CIDRs, the port, where the ranges come from."""

    ranges: tuple[str, ...]
    port: int
    source: Source

    @property
    def about(self) -> str:
        """The range, its date and its source in one line."""
        official = "" if self.source.certainty == "official" else f", {self.source.certainty}"
        return f"Sigfox Cloud callbacks: {', '.join(self.ranges)} (read {self.source.read}{official})"

    def comment(self) -> list[str]:
        """Two lines of comment: the range with its date, and its source."""
        # A policy file is another's text: a line end in it must not leave the comment and be pasted into a shell.
        where = disarm(f"{self.source.page}, {self.source.url}")
        return [f"# {disarm(self.about)}", f"# Source: {where}"]


def cidr(sheet: Sheet) -> list[str]:
    """One network a line."""
    return [*sheet.comment(), *sheet.ranges]


def nginx(sheet: Sheet) -> list[str]:
    """For a server or a location."""
    return [*sheet.comment(), *(f"allow {each};" for each in sheet.ranges), "deny all;"]


def apache(sheet: Sheet) -> list[str]:
    """For a <Location>, a <Directory> or a .htaccess of Apache 2.4."""
    inner = [f"    Require ip {each}" for each in sheet.ranges]
    return [*sheet.comment(), "<RequireAny>", *inner, "</RequireAny>"]


def caddy(sheet: Sheet) -> list[str]:
    """For a site of a Caddyfile."""
    return [*sheet.comment(), f"@not_sigfox not remote_ip {' '.join(sheet.ranges)}", "respond @not_sigfox 403"]


def haproxy(sheet: Sheet) -> list[str]:
    """For a frontend."""
    ranges = " ".join(sheet.ranges)
    return [*sheet.comment(), f"acl from_sigfox src {ranges}", "http-request deny deny_status 403 unless from_sigfox"]


def iptables(sheet: Sheet) -> list[str]:
    """Commands for a shell; established connections are admitted first."""
    admit = [f"iptables -A INPUT -p tcp -s {each} --dport {sheet.port} -j ACCEPT" for each in sheet.ranges]
    return [
        *sheet.comment(),
        "iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        *admit,
        f"iptables -A INPUT -p tcp --dport {sheet.port} -j DROP",
    ]


def nftables(sheet: Sheet) -> list[str]:
    """Write a table of its own, for `nft -f`: it refuses others on this port and leaves everything else alone."""
    return [
        *sheet.comment(),
        "table inet sigfox {",
        "    set cloud {",
        "        type ipv4_addr",
        "        flags interval",
        "        auto-merge",
        f"        elements = {{ {', '.join(sheet.ranges)} }}",
        "    }",
        "    chain input {",
        "        type filter hook input priority filter; policy accept;",
        "        ct state established,related accept",
        f"        ip saddr @cloud tcp dport {sheet.port} accept",
        f"        tcp dport {sheet.port} drop",
        "    }",
        "}",
    ]


def ufw(sheet: Sheet) -> list[str]:
    """Commands for a shell; the deny stands behind the allow, because the first match decides."""
    admit = [
        f"ufw allow proto tcp from {each} to any port {sheet.port} comment 'Sigfox Cloud'" for each in sheet.ranges
    ]
    return [*sheet.comment(), *admit, f"ufw deny {sheet.port}/tcp"]


def firewalld(sheet: Sheet) -> list[str]:
    """Commands for a shell: a rich rule a network; the port itself must not be open to the whole zone."""
    rules = [
        "firewall-cmd --permanent --add-rich-rule="
        f"'rule family=ipv4 source address={each} port port={sheet.port} protocol=tcp accept'"
        for each in sheet.ranges
    ]
    close = f"firewall-cmd --permanent --remove-port={sheet.port}/tcp"
    service = ["firewall-cmd --permanent --remove-service=https"] if sheet.port == 443 else []
    return [*sheet.comment(), *rules, close, *service, "firewall-cmd --reload"]


def aws_sg_cli(sheet: Sheet) -> list[str]:
    """Command for the AWS CLI; remove any 0.0.0.0/0 rule of the port from the group as well."""
    listed = [{"CidrIp": each, "Description": "Sigfox Cloud callbacks"} for each in sheet.ranges]
    permission = [{"IpProtocol": "tcp", "FromPort": sheet.port, "ToPort": sheet.port, "IpRanges": listed}]
    return [
        *sheet.comment(),
        'aws ec2 authorize-security-group-ingress --group-id "$GROUP_ID" \\',
        f"    --ip-permissions '{_json(permission)}'",
    ]


def aws_sg_terraform(sheet: Sheet) -> list[str]:
    """One rule resource a network, for an existing aws_security_group.receiver."""
    lines = sheet.comment()
    for index, each in enumerate(sheet.ranges):
        lines += [
            f'resource "aws_vpc_security_group_ingress_rule" "sigfox_cloud_{index}" {{',
            "  security_group_id = aws_security_group.receiver.id",
            '  description       = "Sigfox Cloud callbacks"',
            f'  cidr_ipv4         = "{each}"',
            '  ip_protocol       = "tcp"',
            f"  from_port         = {sheet.port}",
            f"  to_port           = {sheet.port}",
            "}",
        ]
    return lines


def aws_waf(sheet: Sheet) -> list[str]:
    """Command for the AWS CLI: an IP set; a rule of the web ACL has to refer to it."""
    return [
        *sheet.comment(),
        "aws wafv2 create-ip-set --name sigfox-cloud --scope REGIONAL --ip-address-version IPV4 \\",
        f"    --addresses {' '.join(sheet.ranges)}",
    ]


def azure_nsg(sheet: Sheet) -> list[str]:
    """Command for the Azure CLI; the group's own DenyAllInBound refuses the rest."""
    return [
        *sheet.comment(),
        'az network nsg rule create --resource-group "$RESOURCE_GROUP" --nsg-name "$NSG" \\',
        "    --name sigfox-cloud --priority 200 --direction Inbound --access Allow --protocol Tcp \\",
        f"    --source-address-prefixes {' '.join(sheet.ranges)} --destination-port-ranges {sheet.port}",
    ]


def gcp(sheet: Sheet) -> list[str]:
    """Command for gcloud; ingress that no rule admits is refused."""
    return [
        *sheet.comment(),
        'gcloud compute firewall-rules create sigfox-cloud --network "$NETWORK" --direction INGRESS \\',
        f"    --action ALLOW --rules tcp:{sheet.port} --source-ranges {','.join(sheet.ranges)}",
    ]


def cloudflare(sheet: Sheet) -> list[str]:
    """Expression of a custom rule whose action is Block; the origin behind it sees Cloudflare's addresses."""
    return [*sheet.comment(), f"not ip.src in {{{' '.join(sheet.ranges)}}}"]


def k8s_networkpolicy(sheet: Sheet) -> list[str]:
    """Write a NetworkPolicy for pods labelled app: sigfox-receiver.

    The address must survive on its way to the pod.
    """
    blocks = [f"        - ipBlock: {{cidr: {each}}}" for each in sheet.ranges]
    return [
        *sheet.comment(),
        "apiVersion: networking.k8s.io/v1",
        "kind: NetworkPolicy",
        "metadata:",
        "  name: sigfox-cloud",
        "spec:",
        "  podSelector: {matchLabels: {app: sigfox-receiver}}",
        "  policyTypes: [Ingress]",
        "  ingress:",
        "    - from:",
        *blocks,
        "      ports:",
        f"        - {{protocol: TCP, port: {sheet.port}}}",
    ]


def k8s_ingress(sheet: Sheet) -> list[str]:
    """Annotation for the ingress of ingress-nginx, under `metadata`."""
    return [
        *sheet.comment(),
        "annotations:",
        f'  nginx.ingress.kubernetes.io/whitelist-source-range: "{",".join(sheet.ranges)}"',
    ]


def as_json(sheet: Sheet) -> list[str]:
    """One object: the ranges, the port, the source."""
    document = {"ranges": sheet.ranges, "port": sheet.port, "about": sheet.about, "source": sheet.source}
    return [msgspec.json.format(msgspec.json.encode(document), indent=2).decode()]


FORMATS: dict[str, Callable[[Sheet], list[str]]] = {
    "cidr": cidr,
    "nginx": nginx,
    "apache": apache,
    "caddy": caddy,
    "haproxy": haproxy,
    "iptables": iptables,
    "nftables": nftables,
    "ufw": ufw,
    "firewalld": firewalld,
    "aws-sg-cli": aws_sg_cli,
    "aws-sg-terraform": aws_sg_terraform,
    "aws-waf": aws_waf,
    "azure-nsg": azure_nsg,
    "gcp": gcp,
    "cloudflare": cloudflare,
    "k8s-networkpolicy": k8s_networkpolicy,
    "k8s-ingress": k8s_ingress,
    "json": as_json,
}
"""Name as `--for` takes it → the function that writes it."""


def render(ranges: Sequence[str], source: Source, format_name: str, port: int = 443) -> str:
    """Write the ranges for a firewall; ends with a newline.

    Raises UsageProblem for an unknown format or a range.
    """
    if format_name not in FORMATS:
        raise UsageProblem(f"there is no format {format_name}", f"use one of {', '.join(FORMATS)}")
    try:
        networks = tuple(str(ip_network(each)) for each in ranges)
    except ValueError as problem:
        raise UsageProblem(f"the range cannot be written ({problem})", "use CIDRs such as 192.0.2.0/24") from None
    return "\n".join(FORMATS[format_name](Sheet(networks, port, source))) + "\n"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
