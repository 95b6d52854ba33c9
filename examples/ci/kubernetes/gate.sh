#!/usr/bin/env bash
# Waits for a rollout, verifies the callback and ends with sigcheck's exit code. Usage: gate.sh DEPLOYMENT [NAMESPACE]
# Once, before: kubectl create secret generic sigfox-callback --from-file=token=FILE
set -euo pipefail
deployment=$1
namespace=${2:-default}
here=$(cd "$(dirname "$0")" && pwd)
in_namespace() { kubectl --namespace "$namespace" "$@"; }

in_namespace rollout status "deployment/$deployment" --timeout=5m
in_namespace create configmap sigcheck --from-file="$here/../sigcheck.toml" --dry-run=client --output=yaml |
  in_namespace apply --filename=-
job=$(in_namespace create --filename="$here/job.yaml" --output=name)

# The report is the log of the pod, also when the run fails. The Job's deadline bounds the wait.
in_namespace logs --follow --pod-running-timeout=2m "$job" || true
in_namespace wait --for=condition=Complete --timeout=15s "$job" > /dev/null && exit 0
code=$(in_namespace get pods --selector="batch.kubernetes.io/job-name=${job#job.batch/}" \
  --output=jsonpath='{.items[0].status.containerStatuses[0].state.terminated.exitCode}')
echo "The callback was not accepted. To roll back: kubectl rollout undo deployment/$deployment" >&2
# Without an exit code the container never ran: undecided.
exit "${code:-3}"
