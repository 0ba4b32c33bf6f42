#!/usr/bin/env bash
set -u
contexts=(prod-eu prod-us)
for context in "${contexts[@]}"; do
  kubectl --context "$context" -n kafka port-forward svc/kafka 9092 &
  sleep 2
  ./topics.sh "$context"
  kill $!
done
