"""What people who come from curl, wget or HTTPie write, and what it is called here."""

from click import Command

_TRUST = (
    "the certificate is always checked, because the Cloud refuses one that it does not trust; "
    "for a CA of your own, give --ca-file PEM"
)
_TIME = "the limit for an answer is the Cloud's; --patience is how long to go on listening for a late one"
_NEVER_FOLLOWED = "the Cloud is not known to follow redirects, so sigcheck never does; give the final URL"
_REQUEST_BODY = "a body template is given with --body, the payload of the device with --data"
_HEADER = "write --header 'Name: value'"
_LOGIN = "write https://login:password@host/ or --header 'Authorization: Basic …'"
_NO_CLIENT = "the Cloud is not known to present a client certificate, so sigcheck presents none"
_PROXY = "the Cloud calls the receiver directly, so sigcheck uses no proxy"
_RETRY = "retries follow the Cloud's schedule; see --speed and --schedule-from, or change retry_waits in --policy"
_WRITE = "write the report to a file with --report FILE"
_ITSELF = "the Cloud sets this header itself, and sigcheck sends what the Cloud sends"
_VERSION = "sigcheck chooses the HTTP version, as the Cloud does"
_FORM = "write --content-type application/x-www-form-urlencoded --body 'device={device}&time={time}'"
_ADDRESS = "to choose the address, write --resolve HOST:PORT:ADDR"

VERIFY = {
    **dict.fromkeys(
        ("--insecure", "-k", "--no-verify", "--verify", "--no-check-certificate", "--skip-verify", "--no-verify-ssl",
         "--allow-insecure", "--no-check-certificates", "--tls-skip-verify", "--allow-self-signed"), _TRUST),
    **dict.fromkeys(("--cacert", "--capath", "--ca-certificate", "--ca", "--ca-bundle", "--cafile"),
                    "roots of your own are given with --ca-file PEM"),
    **dict.fromkeys(("--timeout", "-m", "--max-time", "--connect-timeout", "--read-timeout", "-T", "-t"), _TIME),
    **dict.fromkeys(("--follow", "-L", "--location", "--max-redirs", "--max-redirects", "--follow-redirects"),
                    _NEVER_FOLLOWED),
    **dict.fromkeys(("-d", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode", "--json", "--raw",
                     "--post-data", "--body-data", "--post-file", "--payload", "--form-string"), _REQUEST_BODY),
    **dict.fromkeys(("--form", "-f", "-F"), _FORM),
    **dict.fromkeys(("-H", "--headers"), _HEADER),
    **dict.fromkeys(("-X", "--request"), "the method is given with --method GET, POST or PUT"),
    **dict.fromkeys(("-u", "--user", "-a", "--auth", "--auth-type", "--basic", "--token", "--bearer",
                     "--oauth2-bearer"), _LOGIN),
    **dict.fromkeys(("-E", "--cert", "--key", "--cert-key", "--cert-type", "--certificate", "--private-key"),
                    _NO_CLIENT),
    **dict.fromkeys(("-x", "--proxy", "--noproxy", "--socks5"), _PROXY),
    **dict.fromkeys(("--retry", "--retries", "--retry-delay", "--tries", "--retry-max-time"), _RETRY),
    **dict.fromkeys(("-o", "--output", "-O", "--out", "--report-file"), _WRITE),
    **dict.fromkeys(("-A", "--user-agent", "-e", "--referer", "-b", "--cookie", "--compressed"), _ITSELF),
    **dict.fromkeys(("--http1.0", "--http1.1", "--http2", "--http3", "--http-version", "-0"), _VERSION),
    **dict.fromkeys(("-4", "-6", "--ipv4", "--ipv6", "--connect-to", "--ip", "--host"), _ADDRESS),
    **dict.fromkeys(("-s", "--silent", "-S", "--show-error"), "less output is -q"),
    **dict.fromkeys(("-i", "--include", "-I", "--head"), "the phases of each sample are shown with -v"),
    **dict.fromkeys(("--url", "--target"), "give the URL without an option: sigcheck verify URL"),
    **dict.fromkeys(("--dryrun", "--offline", "--simulate"), "to send nothing, write --dry-run"),
}  # fmt: skip
"""Option of another tool → what the person meant, in the options of `verify`."""


def meant(option: str, command: Command | None) -> str | None:
    """Say what an option that does not exist is called here; None where nobody knows. Takes no value of it."""
    return VERIFY.get(option) if command is not None and command.name == "verify" else None
