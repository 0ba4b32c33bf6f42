#!/bin/bash
# Starts forwards that stay when the terminal closes.
for pair in grafana:3000 prometheus:9090; do
  nohup kubectl -n monitoring port-forward "svc/${pair%%:*}" "${pair##*:}:80" >/dev/null 2>&1 &
done
