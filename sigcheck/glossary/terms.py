"""The words that pages, options and reports use."""

from sigcheck.glossary.entry import Entry

TERMS = (
    Entry(
        section="term", title="callback", words=("uplink", "receiver", "webhook", "endpoint"),
        summary="An HTTP request that the Cloud makes for a message of a device. What answers it is the receiver.",
        more="In the portal, a callback has a URL, a method, headers, a content type and a body. `sigcheck verify` has "
        "an option for each.",
        pages=("usage", "semantics"),
    ),
    Entry(
        section="term", title="message", words=("reading", "device", "time", "key", "unique key", "identity"),
        summary="What a device sent once. Device, time and seqNumber together identify it.",
        more="`time` is when the radio message was received, in seconds. A retry has the same.",
        rules=("dedup-duplicate", "dedup-distinct-dropped"), pages=("deduplication",),
        sure="That a retry repeats `time` is inferred, and published receivers rely on it.",
    ),
    Entry(
        section="term", title="seqNumber", words=("sequence number", "seq", "seq_number", "counter", "4096"),
        summary="The device's counter of messages. It goes back to 0, so device and seqNumber alone are not unique.",
        more="It goes back to 0 after 4096 messages, with newer device libraries after as few as 128, and when the "
        "device is flashed again.",
        rules=("dedup-distinct-dropped", "dedup-disorder"), pages=("deduplication",),
        sure="4096 is official. The shorter cycles are from the published device library.",
    ),
    Entry(
        section="term", title="delivery", words=("deliveries", "attempt", "request"),
        summary="One request that carries a message. The Cloud makes up to four for one message.",
        pages=("semantics",), sure="The number is official.",
    ),
    Entry(
        section="term", title="retries", words=("schedule", "retry schedule", "repetition", "redelivery", "replay",
                                               "schedule-from", "--schedule-from"),
        summary="The Cloud sends a message again after a timeout or an error: up to three times, after 1, 2 and 4 min.",
        more="sigcheck lets each wait start when the delivery before it failed or was answered: at about 0, 1, 3 and "
        "7 min. The published text does not settle this. `--schedule-from first` is the other reading: 0, 1, 2 and "
        "4 min. The replay plays this schedule with one message.",
        rules=("retry", "dedup-duplicate", "dedup-window"), pages=("semantics",),
        sure="The number and the waits are official. From when each wait counts is not published.",
    ),
    Entry(
        section="term", title="answer limit",
        words=("limit", "10 s", "10 seconds", "ten seconds", "patience", "--patience"),
        summary="A receiver has 10 s to answer. A later answer counts as a failure, and the message is sent again.",
        more="`--patience` is how long sigcheck listens for a late answer, to say how late it was. It does not change "
        "the limit.",
        rules=("deadline-exceeded", "deadline-tight"), pages=("semantics",),
        sure="The limit is official. That it starts when the request is wholly sent is our choice.",
    ),
    Entry(
        section="term", title="effect", words=("effects", "count", "effects-within", "effects-per-message"),
        summary="What a message does and must not do twice: a row in a table, an alarm, an invoice. You decide what is "
        "counted.",
        rules=("dedup",), pages=("observing",),
    ),
    Entry(
        section="term", title="idempotency", words=("idempotent", "deduplication key", "exactly once", "dedupe"),
        summary="A receiver is idempotent if a message that is delivered again has no second effect.",
        more="Put a unique key on device, time and seqNumber together, insert it in the transaction that does the "
        "work, and answer 2xx to a duplicate. Only counting effects proves it; status codes prove nothing.",
        rules=("dedup-duplicate", "dedup-race", "dedup-window"), pages=("deduplication", "observing"),
        sure="Sigfox advises deduplication and asynchronous processing (official). The key is our choice.",
    ),
    Entry(
        section="term", title="observer",
        words=("observe", "observe-url", "observe-command", "observe-sql", "--observe-url", "--observe-command",
               "--observe-sql", "settle", "--settle"),
        summary="What tells sigcheck the number of effects: a URL, a command or an SQL query. Without one the dedup "
        "rules stay undecided.",
        more="`sigcheck observe` asks it once. `sigcheck observe --prove` shows whether it can see two effects.",
        rules=("dedup-observer",), pages=("observing",),
    ),
    Entry(
        section="term", title="sample", words=("samples", "--samples"),
        summary="A new message that is sent to time and judge the answer: 20 by default (`--samples`).",
        pages=("semantics", "usage"), sure="The number is our choice.",
    ),
    Entry(
        section="term", title="scenario",
        words=("scenarios", "race", "restart", "look-alikes", "two batches", "lost answer", "late answer"),
        summary="A few messages that are sent in the waits of the replay to find one kind of fault, such as two "
        "deliveries at once.",
        rules=("dedup",), pages=("detection", "usage"),
    ),
    Entry(
        section="term", title="speed", words=("--speed", "compressed", "compressed schedule", "faster"),
        phrases=("times faster", "schedule compressed"),
        summary="`--speed N` divides the waits between retries by N, and never the limit of 10 s.",
        more="A compressed run cannot show whether duplicates are remembered for seven minutes, so dedup-window is "
        "undecided. Without an observer the speed is 60 unless you say otherwise.",
        rules=("dedup-window",), pages=("semantics", "exit-codes"),
    ),
    Entry(
        section="term", title="quick gate", words=("ci", "gate", "pipeline", "github actions", "gitlab", "jenkins"),
        summary="All rules on a compressed schedule in about half a minute, for every push: "
        "`--speed 240 --effects-within 5 --allow-undecided=dedup-window`.",
        more="Its verdict is PASSED IN PART and its exit code 0 if nothing failed. Make a full run every night.",
        rules=("dedup-window",), pages=("usage", "exit-codes"),
    ),
    Entry(
        section="term", title="cron", words=("nightly", "full run", "schedule a run", "systemd", "night"),
        summary="A full run, with an observer and without `--speed`, takes about eight minutes: start it every night. "
        "Its exit code and `--report FILE` tell the result.",
        more="A line for crontab: `17 2 * * * sigcheck verify NAME --quiet --report report.json`.",
        pages=("usage", "configuration", "exit-codes"),
    ),
    Entry(
        section="term", title="local test", words=("allow-private", "--allow-private", "loopback"),
        phrases=("local test", "private addresses were accepted"),
        summary="`--allow-private` accepts private and loopback addresses, which the Cloud cannot reach. The verdict "
        "line names it.",
        rules=("reach-private-address",), pages=("usage",),
    ),
    Entry(
        section="term", title="SNI", words=("send sni", "--no-sni", "server name indication"),
        summary="The host name in the TLS handshake. Each callback has a switch for it, Send SNI.",
        more="Integrations that make callbacks through the API often leave it off. A server that needs the name then "
        "presents another certificate. `--no-sni` verifies a receiver without the name.",
        rules=("tls-needs-sni", "tls-name-mismatch"),
        sure="The portal's documentation advises to leave it on (official). How often it is off is a third party's "
        "observation.",
    ),
    Entry(
        section="term", title="JDK", words=("java", "openssl", "clients"),
        summary="sigcheck judges TLS and HTTP by two families of clients: the JDK, and OpenSSL with curl. What both "
        "refuse is a `must`; what one of them refuses is a `should`.",
        rules=("tls-jdk-refuses", "response-malformed"), pages=("tls-clients", "http-clients"),
        sure="That the Cloud's client is Java is inferred. Sigfox does not publish it.",
    ),
    Entry(
        section="term", title="root",
        words=("ca", "ca bundle", "certifi", "roots", "trust store", "ca-file", "--ca-file"),
        summary="The certificate that a chain must lead to. sigcheck trusts the roots of the package certifi, or those "
        "of `--ca-file`.",
        rules=("tls-untrusted-root", "tls-young-root"), pages=("root-stores",),
        sure="Sigfox does not publish which roots the Cloud trusts.",
    ),
    Entry(
        section="term", title="vantage", words=("--vantage", "inside", "outside", "place"),
        summary="Where this machine is: outside the range of the Cloud's senders, or inside (`--vantage inside`). "
        "Other words name places, such as eu, from where a fleet examines a target.",
        rules=("reach-allowlist",), pages=("allowlist", "fleet-machines"),
    ),
    Entry(
        section="term", title="policy", words=("--policy",),
        summary="The numbers of the Cloud: limit, waits, ranges. `--policy FILE` replaces them for the day that Sigfox "
        "changes them.",
        pages=("usage", "semantics"),
    ),
    Entry(
        section="term", title="X-Sigcheck-Run", words=("clean up", "cleanup", "run id", "test data", "delete"),
        phrases=("x-sigcheck-run",),
        summary="A header with the id of the run, in every request that sigcheck sends: look for it in the receiver's "
        "log.",
        more="To clean up after a run, delete the messages of its devices. Their ids begin with `51`, and the report "
        "names the first one.",
        pages=("troubleshooting", "usage"),
    ),
    Entry(
        section="term", title="secrets", words=("redact", "--redact", "password", "***"),
        summary="No report shows a secret that you gave: it says `***`. `--redact path,host` hides more.",
        pages=("usage",),
    ),
)  # fmt: skip
