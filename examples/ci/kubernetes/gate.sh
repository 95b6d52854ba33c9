#!/usr/bin/env bash
# Waits for a rollout, verifies the callback and ends with sigcheck's exit code.
# Usage, at the top of your repository: gate.sh DEPLOYMENT [NAMESPACE [CONFIG]]; CONFIG is sigcheck.toml by default.
# Once, before: kubectl create secret generic sigfox-callback --from-file=token=FILE
set -euo pipefail
deployment=$1
namespace=${2:-default}
config=${3:-sigcheck.toml}
here=$(cd "$(dirname "$0")" && pwd)
in_namespace() { kubectl --namespace "$namespace" "$@"; }

if [ ! -r "$config" ]; then
  echo "gate.sh: $config cannot be read: run gate.sh in its folder, or name the file" >&2
  exit 2
fi
in_namespace rollout status "deployment/$deployment" --timeout=5m
in_namespace create configmap sigcheck --from-file=sigcheck.toml="$config" --dry-run=client --output=yaml |
  in_namespace apply --filename=-
job=$(in_namespace create --filename="$here/job.yaml" --output=name)

# The report is the log of the pod, also when the run fails. The Job's deadline bounds the wait.
in_namespace logs --follow --pod-running-timeout=2m "$job" || true
in_namespace wait --for=condition=Complete --timeout=15s "$job" > /dev/null && exit 0
# There may be no pod, and another container beside sigcheck.
code=$(in_namespace get pods --selector="batch.kubernetes.io/job-name=${job#job.batch/}" \
  --output=jsonpath='{.items[*].status.containerStatuses[?(@.name=="sigcheck")].state.terminated.exitCode}') || true
case $code in
  "")
    echo "sigcheck did not run to its end in the cluster, so nothing is known about the callback." >&2
    code=3
    ;;
  1) echo "The callback was not accepted. To roll back: kubectl rollout undo deployment/$deployment" >&2 ;;
esac
exit "$code"
