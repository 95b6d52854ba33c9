"""What people see of a receiver, and where to look."""

from sigcheck.glossary.entry import Entry

_ONCE = "The Cloud sends a message again if it gets no answer within 10 s, or an error (official)."

SYMPTOMS = (
    Entry(
        section="symptom", title="Every message arrives four times",
        words=("four times", "4 times", "always four times"),
        phrases=("arrives four times", "same message 4 times", "four times"),
        summary="The receiver does its work, but answers late or with an error, so the Cloud sends the message again.",
        rules=("deadline-exceeded", "response-not-2xx", "dedup-duplicate"), pages=("deduplication",), sure=_ONCE,
    ),
    Entry(
        section="symptom", title="Some messages arrive twice",
        words=("duplicates", "duplicate", "twice", "double", "doubled", "duplicate messages", "repeated message",
               "processed again"),
        phrases=("duplicate messages", "duplicate readings", "arrive twice", "arrives twice", "stored twice",
                 "several times", "multiple times", "more than once"),
        summary="Retries are normal, and the receiver does not recognise a message that it already has.",
        more="Put a unique key on device, time and seqNumber together, and answer 2xx to a duplicate.",
        rules=("dedup-duplicate", "dedup-race", "dedup-window"), pages=("deduplication",), sure=_ONCE,
    ),
    Entry(
        section="symptom", title="Readings are missing, although the portal is green",
        words=("lost messages", "missing readings", "lost", "missing", "lost message", "missing messages", "data loss"),
        phrases=("lost messages", "missing readings", "messages are missing", "readings are missing",
                 "message is missing", "messages are lost", "messages get lost", "message is lost", "losing messages",
                 "lose messages"),
        summary="The receiver answered 2xx and stored nothing, or took a new message for a duplicate.",
        rules=("dedup-lost", "dedup-distinct-dropped", "dedup-restart"), pages=("deduplication",),
    ),
    Entry(
        section="symptom", title="Readings are missing after an outage of the receiver",
        words=("outage", "after an outage"),
        summary="A delivery that failed was remembered as done, or a retry that came late was refused.",
        rules=("dedup-failure", "dedup-disorder"), pages=("deduplication",),
    ),
    Entry(
        section="symptom", title="Some deliveries fail and others do not",
        words=("intermittent", "sometimes", "flaky", "sporadic", "random failures"),
        summary="One of several backends may be at fault, or may have another certificate or key. Each finding says "
        'its share ("to 5 of 52 deliveries").',
        rules=("reach-address-differs", "response-not-2xx", "tls"),
    ),
    Entry(
        section="symptom", title="It works with curl, and the portal says 600", words=("works with curl", "curl works"),
        phrases=("works with curl", "works in curl", "curl works", "works with postman"),
        summary="curl may find the intermediate elsewhere, accepts answers that a JDK refuses, and comes from another "
        "address.",
        rules=("tls-chain-incomplete", "tls-jdk-refuses", "response-malformed", "reach-allowlist"),
        pages=("http-clients", "tls-clients"), sure="That the Cloud's client is Java is inferred.",
    ),
    Entry(
        section="symptom", title="It works in the browser, and the portal says 600",
        words=("works in the browser", "works in chrome"),
        phrases=("works in the browser", "works in my browser", "works in a browser", "works in chrome"),
        summary="Browsers fetch or remember intermediates that the server does not send.",
        rules=("tls-chain-incomplete",),
    ),
    Entry(
        section="symptom", title="It stopped on one day", words=("stopped working", "stopped", "suddenly"),
        phrases=("stopped working", "no longer works"),
        summary="The certificate may have expired on that day, or the credentials.",
        rules=("tls-expired", "response-not-2xx"),
    ),
    Entry(
        section="symptom", title="It stopped after the certificate was renewed",
        words=("certbot", "renewed", "renewal", "after renewal", "let's encrypt", "letsencrypt", "acme"),
        phrases=("after the renewal", "certificate was renewed", "after renewal"),
        summary="The private key may not match the new certificate, or the intermediate is missing.",
        more="With certbot, serve `fullchain.pem` and `privkey.pem` from `/etc/letsencrypt/live/NAME/`, and let a "
        "deploy hook reload the server: `certbot renew --deploy-hook 'systemctl reload nginx'`.",
        rules=("tls-handshake-failed", "tls-chain-incomplete", "tls-expires-soon"),
    ),
    Entry(
        section="symptom", title="It works in the office network, but not from the Cloud",
        words=("works locally", "private address", "localhost", "nat", "office network"),
        phrases=("works locally", "works on localhost", "office network"),
        summary="The address is private, or a firewall does not admit the Cloud's senders.",
        rules=("reach-private-address", "reach-allowlist"), pages=("allowlist",),
    ),
    Entry(
        section="symptom", title="The first message of the day fails", words=("cold start", "first message fails"),
        phrases=("cold start", "first message of the day", "first request is slow"),
        summary="The application sleeps when nothing comes, and needs longer than 10 s to start.",
        rules=("deadline-cold-start", "deadline-exceeded"),
    ),
    Entry(
        section="symptom", title="A quarter of the messages arrives", words=("a quarter", "185.110.97.0/24"),
        phrases=("185.110.97.0/24", "quarter of the messages"),
        summary="The firewall admits the older range 185.110.97.0/24, which is a quarter of the range of today.",
        rules=("reach-allowlist",), pages=("allowlist",),
        sure="The range 185.110.96.0/22 is official. The older one is from an official text of 2017.",
    ),
    Entry(
        section="symptom", title="Nothing arrives, and the server's log is empty",
        words=("firewall", "allow list", "whitelist", "ip range", "ip addresses", "185.110.96.0/22", "nothing arrives",
               "blocked", "no messages", "no message"),
        phrases=("185.110.96.0/22", "185.110.96.", "185.110.97.", "185.110.98.", "185.110.99.", "firewall",
                 "nothing arrives", "log is empty", "no messages arrive", "no message arrives",
                 "not receive any message", "no messages come"),
        summary="A firewall may keep the Cloud out. Admit the whole range 185.110.96.0/22 to the callback's port.",
        more="`sigcheck allowlist --for nginx` prints the range ready to paste, for other firewalls too, and "
        "`sigcheck allowlist check FILE` reads the rules that a firewall has.",
        rules=("reach-allowlist", "reach-no-answer", "reach-unresolved"), pages=("allowlist",),
        sure="The range is official. Sigfox announces changes in the release notes of its backend.",
    ),
    Entry(
        section="symptom", title="Messages arrive late, or in another order",
        words=("late", "delay", "delayed", "order",
                                                                                   "out of order", "disorder"),
        phrases=("arrive late", "arrives late", "out of order", "wrong order"),
        summary="A retry comes minutes after the first delivery, and newer messages may come before it. "
        "Take `time` of the message, not the time of its arrival.",
        rules=("dedup-disorder", "deadline-exceeded"), pages=("semantics", "deduplication"),
        sure="The waits of 1, 2 and 4 min are official. Sigfox publishes nothing about the order of messages.",
    ),
    Entry(
        section="symptom", title="A downlink reaches the device twice, or never",
        words=("downlink", "bidir", "bidirectional", "downlinkdata", "nodata"),
        phrases=("downlink",),
        summary="The receiver answers a retry with another downlink than the first delivery, or answers in a form "
            "that the Cloud does not accept.",
        more="Answer a BIDIR callback with 200 and `{\"DEVICE\": {\"downlinkData\": \"16 hex digits\"}}` as "
        "application/json, with the device id as it was received. Answer 204, without a body, or "
        "`{\"DEVICE\": {\"noData\": true}}` where there is no downlink or `{ack}` is false. Give a retry the same "
        "answer. `sigcheck verify URL --type data/bidir` checks all this. If it finds nothing wrong, look at the "
        "device type in the portal: the callback must be the active one for downlinks. Then look at the infoCode of "
        "the ACKNOWLEDGE callback (`sigcheck explain infoCode`).",
        rules=("response-downlink", "retry-answer-differs", "deadline-exceeded"),
        sure="The form of the answer and the limit of 10 s are official; 204 is also from an answer of a Sigfox "
        "employee, and noData from an older official text. That BIDIR callbacks are retried is inferred.",
    ),
    Entry(
        section="symptom", title="Strangers can send messages",
        words=("strangers", "authentication", "security", "spoofing", "token"),
        summary="The receiver accepts messages without the credentials of the callback, or its URL holds a secret that "
        "ends up in logs.",
        rules=("exposure-unauthenticated", "exposure-secret-in-url", "tls-plain-http"),
        sure="No page of Sigfox asks for authentication.",
    ),
)  # fmt: skip
