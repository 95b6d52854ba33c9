"""The words of the portal, of callbacks and of records that are no fault by themselves."""

from sigcheck.glossary.entry import Entry

WORDS = (
    Entry(
        section="term", title="Base station 3849", words=("base station", "station", "rssi", "snr"),
        hints=("base station",),
        summary="The radio station that received the message, by its id. It says nothing about the receiver.",
        more="The line below it in the record, such as \"401 - Unauthorized - #1\", is what matters: the answer, its "
        "text, and the number of the attempt.",
        pages=("troubleshooting",),
        sure="This is read from one published record of the portal (third party, 2019).",
    ),
    Entry(
        section="term", title="dead", words=("callback is dead", "dead callback"),
        hints=("\"dead\"", "dead callback", "callback is dead"),
        summary="A flag of a callback: its last use failed. Look up the answer that the portal shows for that message.",
        rules=("reach", "tls", "response-not-2xx"), pages=("troubleshooting",),
        sure="The definition of Sigfox's API says so. No published page says that the Cloud disables such a callback.",
    ),
    Entry(
        section="term", title="infoCode", words=("info code", "infomessage", "acknowledge", "downlinkack"),
        hints=("infocode", "invalid_payload", "no_downlink_contract", "too_many_requests", "invalid_configuration"),
        summary="What an ACKNOWLEDGE callback says about a downlink: 0 ACKED, 1 NO_ANSWER, 2 INVALID_PAYLOAD, 3 "
        "OVERRUN_ERROR, 4 NETWORK_ERROR, 5 PENDING, 6 NO_DOWNLINK_CONTRACT, 7 TOO_MANY_REQUESTS, 8 "
        "INVALID_CONFIGURATION.",
        more="""\
| Code | What to do |
|---|---|
| 0 | A station sent the downlink. That does not prove that the device received it. |
| 1, 2 | The answer was probably late, absent or malformed. Run `sigcheck verify URL --type data/bidir`. |
| 3, 4, 5 | The downlink was not sent, and the network is the likely reason. Keep it for the next message that asks. |
| 6, 7 | Look at the contract: it has no downlinks, or too many were asked for. |
| 8 | The device type gets downlinks by callback and has no active BIDIR callback: select one in the portal. |""",
        rules=("response-downlink", "deadline-exceeded"),
        sure="The codes and their names are official. What leads to which code is our reading of the names.",
    ),
    Entry(
        section="term", title="batch", words=("batch_url", "batch callback", "--line-pattern", "line pattern"),
        hints=("batch=", "batch_url"),
        summary="A BATCH_URL callback sends the messages of a device type together, once per second, a line for each, "
        "in a parameter `batch`. `--line-pattern '{device};{time};{seqNumber};{data};'` makes sigcheck send such "
        "batches, with `{batch}` in the URL's query or in the body.",
        more="Every message of a batch must be recognised by itself: it may come again in another batch.",
        rules=("dedup-batch", "dedup-lost"), pages=("usage", "semantics"),
        sure="The form is official. The sign between the lines is not published (sigcheck sends a newline), and the "
        "sources differ on the method (sigcheck sends POST unless --method says otherwise).",
    ),
    Entry(
        section="term", title="duplicate=true", words=("duplicate flag",),
        hints=("send duplicate", "duplicate=true", "\"duplicate\": true", "\"duplicate\":true"),
        summary="The old option \"send duplicate\": one callback for each base station that received the message, "
        "with `duplicate=true` and another `station` and `rssi`. It is not a retry.",
        more="Today's pages do not have the option any more; DATA_ADVANCED has `duplicates`, a list of the stations.",
        rules=("dedup-duplicate",), pages=("deduplication",),
        sure="This is from an older official text and a third party (2019).",
    ),
    Entry(
        section="term", title="user-agent: SIGFOX", words=("user-agent", "user agent", "user-agent : sigfox"),
        hints=("user-agent: sigfox", "user-agent : sigfox", "user-agent"),
        summary="Records of real callbacks show the User-Agent `SIGFOX`. It proves nothing about the sender, since "
        "anybody can send it.",
        rules=("exposure-unauthenticated",), pages=("semantics",),
        sure="Two independent third parties show it. Sigfox does not publish it.",
    ),
    Entry(
        section="term", title="proxy", words=("reverse proxy", "http proxy", "https_proxy", "http_proxy", "cdn"),
        summary="A proxy in front of the receiver may answer in its place, hide the sender's address, or have time "
        "limits of its own. sigcheck itself uses no proxy, since the Cloud calls receivers directly.",
        more="`sigcheck doctor` says whether this machine has a proxy set.",
        rules=("reach-proxied", "response-not-2xx"), pages=("troubleshooting",),
    ),
    Entry(
        section="term", title="IPv6", words=("ipv4", "aaaa", "aaaa record"),
        summary="The published range of the Cloud's senders is IPv4, so the name needs an IPv4 address (an A record).",
        rules=("reach-no-ipv4",),
        sure="The range is official. Sigfox publishes nothing about IPv6.",
    ),
    Entry(
        section="term", title="basic auth",
        words=("basic authentication", "authorization", "authorization header", "bearer", "credentials", "login"),
        summary="A callback can send credentials in a header `Authorization`, or by Basic auth with "
        "`https://login:password@host` in its URL, but not both.",
        more="Give sigcheck the same: `--header 'Authorization: …'`, or `--header @FILE`.",
        rules=("exposure-unauthenticated", "exposure-secret-in-url", "response-not-2xx"), pages=("usage",),
        sure="That Authorization is the only standard header which a callback may set is official.",
    ),
    Entry(
        section="term", title="certificate", words=("certificates", "cert", "https", "ssl", "certificate chain"),
        summary="What the server presents to prove its name. It must be valid today, name the host, and lead to a "
        "public CA through intermediates that the server sends.",
        more="`sigcheck verify URL --only tls` checks a server, and `sigcheck chain FILE` a file.",
        rules=("tls",), pages=("tls-clients", "root-stores"),
        sure="That the certificate must lead to a CA is official.",
    ),
    Entry(
        section="term", title="wildcard", words=("wildcard certificate", "*.example.com", "subject alternative name"),
        summary="A certificate for `*.example.com` holds for `a.example.com`, but neither for `example.com` nor for "
        "`a.b.example.com`.",
        rules=("tls-name-mismatch",), sure="Sigfox does not publish whether the Cloud compares the names.",
    ),
)  # fmt: skip
"""Words that people ask for. Most are found only as a whole: within a longer text they say little."""
