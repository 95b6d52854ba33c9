"""What each family of rules is about."""

FAMILY_TITLES = {
    "reach": "Can the Cloud get to the receiver?",
    "tls": "Does the Cloud trust the certificate?",
    "response": "Is the answer one that counts as success?",
    "deadline": "Does the answer come in time?",
    "retry": "Are retries of a message answered as they should be?",
    "dedup": "Does a message that is delivered again have one effect, and only one?",
    "exposure": "Who else can send messages?",
}
"""Family → the question that its rules answer."""

FAMILY_NEEDS = {
    "reach": "These rules need no message: the name is resolved, and each address is connected to. With `--allowlist` "
    "they read the firewall's rules as well.",
    "tls": "These rules need no message: the certificates are read, and handshakes are completed with each address as "
    "OpenSSL and as a JDK 17 make them.",
    "response": "These rules look at the answers to the samples and to all other deliveries.",
    "deadline": "These rules time the answers to all deliveries. The limit is 10 s (official).",
    "retry": "These rules look at the answers to retries: one message is delivered four times, as the Cloud does it.",
    "dedup": "These rules count the effects of messages, so they need an observer: `--observe-url`, "
    "`--observe-command` or `--observe-sql`. Without one they stay undecided.",
    "exposure": "These rules send one more message, without the credentials of the callback.",
}
"""Family → what its rules look at, and what they need."""

FAMILY_PAGES = {
    "reach": ("allowlist", "troubleshooting"),
    "tls": ("tls-clients", "root-stores"),
    "response": ("http-clients", "troubleshooting"),
    "deadline": ("semantics",),
    "retry": ("semantics",),
    "dedup": ("deduplication", "observing", "detection"),
    "exposure": ("semantics",),
}
"""Family → the pages to read on."""
