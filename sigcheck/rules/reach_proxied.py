"""reach-proxied: a proxy or CDN stands in front, so the application sees another source address."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped
from sigcheck.policy import OURS
from sigcheck.rules._evidence import quoted
from sigcheck.rules._exchanges import every

# Header names that only a proxy sends, and who it is; looked for without case.
PROXIES = {
    "cf-ray": "Cloudflare",
    "x-amz-cf-id": "Amazon CloudFront",
    "x-amz-cf-pop": "Amazon CloudFront",
    "x-amz-apigw-id": "Amazon API Gateway",
    "x-azure-ref": "Azure Front Door",
    "x-served-by": "a caching proxy such as Fastly",
    "x-vercel-id": "Vercel",
    "x-akamai-request-id": "Akamai",
    "x-cache": "a caching proxy",
    "via": "a proxy",
}
ORDER = ("server", *PROXIES)
SERVERS = {
    "cloudflare": "Cloudflare",
    "cloudfront": "Amazon CloudFront",
    "awselb": "an AWS load balancer",
    "akamaighost": "Akamai",
    "envoy": "Envoy",
    "google frontend": "Google's front end",
}


def check(evidence: Evidence) -> Iterator[Remark]:
    """Note the header that says most surely which proxy it was."""
    answers = [each.answer for each in every(evidence) if each.answer is not None]
    if not answers:
        yield Skipped("no answer was seen in this run")
        return
    for answer in answers:
        told = [
            (who, name, value) for name, value in answer.headers if (who := _proxy(name.lower(), value)) is not None
        ]
        if told:
            # Several proxies say "Via" or "X-Cache" beside the header that names them: the sooner in ORDER, the surer.
            who, name, value = min(told, key=lambda each: ORDER.index(each[1].lower()))
            yield Finding(
                f"{who} is in front of the receiver ({quoted(f'{name}: {value}')}): the application sees its "
                "address, not the Cloud's",
                where=f"header {name.lower()}",
            )
            return
    yield Passed("no answer has proxy headers", len(answers), "answers")


def _proxy(name: str, value: str) -> str | None:
    if name == "server":
        return next((shown for word, shown in SERVERS.items() if word in value.lower()), None)
    return PROXIES.get(name)


RULE = Rule(
    id="reach-proxied",
    level="note",
    title="No proxy changes the source address",
    problem="A proxy changes the source address",
    fix="Put the allowlist where the Cloud's address is still seen: into the proxy's or CDN's own rules, or take the "
    "address from the header that it sets, and only from its own addresses.",
    source=OURS,
    check=check,
)
