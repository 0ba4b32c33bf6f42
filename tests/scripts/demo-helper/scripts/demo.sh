#!/usr/bin/env bash
# Opens the dashboards of the demo on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."

NAMESPACE=${NAMESPACE:-monitoring}

cleanup() {
  echo "Stopping port-forwards"
  kill "${PIDS[@]}" 2>/dev/null || true
}
trap cleanup EXIT INT TERM

PIDS=()
kubectl -n "$NAMESPACE" port-forward svc/grafana 3000:80 >/dev/null &
PIDS+=($!)
kubectl -n "$NAMESPACE" port-forward svc/prometheus-server 9090:80 >/dev/null &
PIDS+=($!)
echo "Grafana is at http://localhost:3000, Prometheus at http://localhost:9090"
wait
