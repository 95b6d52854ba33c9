#!/bin/sh
# Scan all targets, say what is new since the last night, and keep the ledgers of 30 nights.
#
#   nightly.sh FOLDER [OPTION...]       the options are those of `sigcheck fleet run`, such as --targets list.csv
#
# In a crontab:  17 2 * * *  /opt/sigcheck/nightly.sh /var/lib/sigcheck --config /etc/sigcheck/sigcheck.toml --quiet
#
# The exit code is sigcheck's: 1 where something fails that did not fail last night. There is nothing to compare the
# first night with, so it exits 1 for whatever fails. Called again on the same day, it goes on with a run that was
# killed, and runs nothing again that has a result.
set -eu

KEEP=30
folder=$1
shift
mkdir -p "$folder"
today=$folder/scan-$(date -u +%Y-%m-%d).jsonl

last=
for each in "$folder"/scan-*.jsonl; do # the names are in the order of the days
    if [ -s "$each" ] && [ "$each" != "$today" ]; then
        last=$each
    fi
done

code=0
sigcheck fleet run --scan --resume --ledger "$today" ${last:+--fail-on-new "$last"} "$@" || code=$?

set -- "$folder"/scan-*.jsonl
while [ $# -gt "$KEEP" ]; do
    rm "$1"
    shift
done
exit "$code"
