"""Commands, options and formats of sigcheck: what each is for, and the page that says more."""

from sigcheck.glossary.entry import Entry


def _entry(title: str, words: tuple[str, ...], summary: str, *pages: str) -> Entry:
    return Entry(section="term", title=title, words=words, summary=summary, pages=pages)


COMMANDS = (
    _entry("callback type",
           ("--type", "--var", "--payload-config", "callback types", "customData", "payload config"),
           "`--type` names the type of a callback, which decides its variables and its default body. `--var "
           "NAME=VALUE` sets a variable, and `--payload-config` reads {customData#NAME} out of the payload.",
           "callback-types"),
    _entry("form", ("--form-query", "form body", "application/x-www-form-urlencoded", "urlencoded"),
           "The body of a form callback is `k=v&k=v`. An older official text says that the URL's query is put into "
           "it, and no newer page confirms that: `--form-query body` does so, and `both` tries it.",
           "usage"),
    _entry("verify", ("sigcheck verify",), "`sigcheck verify URL` verifies a receiver. The messages that it sends are "
           "real to the receiver.", "usage", "semantics"),
    _entry("a fleet of targets", ("sigcheck fleet", "sigcheck fleet run", "run", "--ledger", "--resume", "--seed",
                            "--at-once", "--at-address", "--targets", "--shard", "--run-id", "ledger", "--scan",
                            "quick scan", "--fail-on-new", "sigcheck fleet report", "sigcheck fleet diff", "--run",
                            "sigcheck fleet history", "history", "since when",
                            "--from", "--target", "what is new", "scan", "shard",
                            "thousands of callbacks"),
           "`sigcheck fleet run` examines all targets of the configuration file, or of the list that `--targets` "
           "names, and appends the reports to a ledger. `--resume` goes on with a run that was stopped; `--scan` "
           "makes one connection a target, and sends nothing. `sigcheck fleet report LEDGER` shows a ledger in any "
           "format, `sigcheck fleet diff OLD NEW` compares two, and `--fail-on-new OLD` exits 1 only for what is new. "
           "`sigcheck fleet history LEDGER` says since when a target does not pass.",
           "fleet"),
    _entry("a fleet on several machines", ("--dask", "--dask-ca", "--dask-cert", "--dask-key", "dask"),
           "`sigcheck fleet run --dask tls://HOST:PORT` has the workers of a Dask scheduler run the targets. Both "
           "sides need a certificate of your own CA.", "fleet-machines"),
    _entry("metrics for Prometheus", ("sigcheck exporter", "--listen", "--every", "scrape", "grafana dashboard",
                                      "alert rules", "sigcheck[exporter]"),
           "`sigcheck exporter` answers scrapes with a scan of one target, and tells the last verdicts of full runs.",
           "exporter"),
    _entry("send", ("sigcheck send", "--curl", "curl command", "one callback"),
           "`sigcheck send URL` sends one callback, and prints the request and the answer as the portal does. `--curl` "
           "prints the curl command that sends the same bytes.", "usage", "wire"),
    _entry("chain", ("sigcheck chain", "--at"), "`sigcheck chain FILE` judges the certificates in a file, without a "
           "connection. `--at TIME` judges them for another time.", "usage"),
    _entry("report", ("sigcheck report", "--report"), "`sigcheck report SAVED.json` judges a saved run again and shows "
           "it in any format. The option `--report FILE` of verify writes such a file.", "reports", "json"),
    _entry("diff", ("sigcheck diff", "compare"), "`sigcheck diff OLD.json NEW.json` compares two saved runs: what is "
           "new, fixed and unchanged.", "comparing"),
    _entry("doctor", ("sigcheck doctor", "--host", "--clock"), "`sigcheck doctor` checks this machine for what could "
           "falsify a run. `--host NAME` resolves a name, `--clock URL` compares the clock with a server's.", "usage"),
    _entry("completion", ("sigcheck completion", "bash", "zsh", "fish"), "`sigcheck completion bash`, `zsh` or `fish` "
           "prints the script that completes commands, options and names.", "usage"),
    _entry("demo", ("sigcheck demo",), "`sigcheck demo` starts a good and a bad receiver on this machine, and verifies "
           "both.", "usage"),
    _entry("explain", ("sigcheck explain",), "`sigcheck explain WORD` explains a word, a number or a pasted line, "
           "offline.", "usage"),
    _entry("rules", ("sigcheck rules", "rule"), "`sigcheck rules` lists the rules. Each has a page: `sigcheck explain "
           "RULE`.", "semantics"),
    _entry("undelivered callbacks", ("sigcheck undelivered", "callbacks-not-delivered", "not delivered", "--group",
                                     "--since", "--before", "--limit"),
           "`sigcheck undelivered FILE` explains records of callbacks that were not delivered, and `sigcheck "
           "undelivered --api` those of an account: by callback and cause, with the command to run next.",
           "undelivered"),
    _entry("config", ("sigcheck config", "sigcheck.toml", "config file", "--config", "--no-config", "target",
                      "targets", "schema"),
           "The configuration file sigcheck.toml names targets and their options. `sigcheck config check` checks it.",
           "configuration"),
    _entry("import", ("sigcheck import", "--api", "--api-url", "--device-type", "--output", "--force", "api user",
                      "SIGFOX_API_LOGIN", "SIGFOX_API_PASSWORD"),
           "`sigcheck import FILE` turns saved answers of the Sigfox API into a sigcheck.toml without secrets, and "
           "`sigcheck import --api` the callbacks of an account.", "account"),
    _entry("check", ("sigcheck allowlist check", "--for", "--list", "--port", "--kind", "--url", "--interface",
                     "--allowlist"),
           "`sigcheck allowlist check FILE` reads a firewall's rules and says whether they admit the Cloud. `sigcheck "
           "allowlist --for NAME` writes rules. `--allowlist FILE` of verify checks them in a run.", "allowlist"),
    _entry("show", ("sigcheck config show", "precedence"), "`sigcheck config show NAME` shows the options of a target, "
           "and where each comes from.", "configuration"),
    _entry("format", ("--format", "formats", "text", "csv", "markdown", "pdf"),
           "`--format` chooses what is printed, and `--report FILE` writes a file in the format of its suffix. There "
           "are text, json, junit, github, gitlab, csv, markdown, sarif, openmetrics, prometheus and html.", "reports"),
    _entry("html", ("html report", "browser"), "A report as one page for a browser, to be sent to somebody: `--report "
           "report.html`.", "reports"),
    _entry("junit", ("--junit-undecided", "junit xml", "xml"), "A report for the test results of a CI system: "
           "`--report junit=report.xml`. `--junit-undecided failure` shows undecided rules as failures.", "reports"),
    _entry("sarif", ("--sarif-anchor", "code scanning"), "A report for code scanning and editors: `--report "
           "report.sarif`. `--sarif-anchor` names the file that findings are shown at.", "reports"),
    _entry("github", ("annotations", "code quality"), "`--format github` writes annotations of a GitHub workflow, and "
           "`--report gitlab=FILE` a Code Quality report of GitLab.", "reports"),
    _entry("openmetrics", ("prometheus", "metrics", "monitoring", "grafana", "textfile"), "A report as metrics: "
           "`--report run.om` for OpenMetrics, `--report run.prom` for the textfile collector of Prometheus' "
           "node_exporter.", "reports"),
    _entry("baseline", ("--baseline", "expected failures", "known failures"), "`--baseline FILE` lists failures that "
           "are expected, each with a reason. All other failures count as before.", "comparing", "exit-codes"),
    _entry("count effects later", ("--effects", "--effects-default", "--messages", "--observe-later", "observe later",
                                   "count later"),
           "Where no observer is available, run with `--observe-later --report run.json`. `sigcheck report run.json "
           "--messages` lists the messages, and `--effects FILE` adds the counts.", "observing"),
    _entry("count effects by hand", ("--observe-ask", "ask", "observe ask"), "`--observe-ask` asks on the terminal, "
           "after the run, how many effects each message has.", "observing"),
    _entry("options of an observer",
           ("--observe-header", "--observe-query", "--observe-pointer", "--observe-metric", "--observe-default",
            "--observe-interval", "--effects-within", "--effects-per-message"),
           "They say how the number of effects is asked for, how often, and how long sigcheck waits for it.",
           "observing"),
    _entry("prove", ("--prove", "--duplicate-command", "--within", "--time", "--seq-number"), "`sigcheck observe "
           "--prove` shows whether an observer can see two effects of one message.", "observing"),
    _entry("fail and restart", ("--fail-header", "--fail-command", "--restart-command"), "They make the receiver fail "
           "one delivery, or restart it, so that dedup-failure and dedup-restart can be decided.", "deduplication",
           "usage"),
    _entry("options of a callback",
           ("--method", "--content-type", "--header", "--body", "--device", "--devices", "--data", "content type",
            "template"),
           "They are the callback's settings in the portal. Give sigcheck the same ones.", "usage"),
    _entry("which rules", ("--only", "--skip"), "`--only` and `--skip` choose families or rules, with commas between "
           "them. The verdict line names what was left out.", "usage", "exit-codes"),
    _entry("how much is printed", ("--quiet", "-q", "--verbose", "-v", "--no-color", "colour", "color", "no_color"),
           "`--quiet` prints one line, `--verbose` every rule, and `--no-color` uses no colour.", "usage"),
    _entry("many targets", ("--all", "--jobs"), "`--all` verifies all targets of the configuration file, `--jobs N` of "
           "them at once.", "configuration", "usage"),
    _entry("dry run", ("--dry-run", "dry-run"), "`--dry-run` lists every request, and sends none.", "usage"),
    _entry("resolve by hand", ("--resolve",), "`--resolve HOST:PORT:ADDR` connects to this address instead of asking "
           "the resolver.", "usage"),
    _entry("version", ("--version", "--help", "help", "man", "man page"), "`sigcheck --version` prints the version, "
           "and `--help` after a command its options.", "usage"),
)  # fmt: skip
"""Each command and each option that has no other entry, under one name or another."""
