#!/bin/bash
set -o errexit -o nounset -o pipefail
CLUSTER=e2e-$RANDOM
kind create cluster --name "$CLUSTER" --wait 2m
trap 'kind delete cluster --name "$CLUSTER"' EXIT
kubectl apply -f config/samples/
kubectl -n production wait --for=condition=Ready pod -l app=api --timeout=120s
while ! curl -sf http://localhost:18080/healthz; do
  pkill -f 'kubectl port-forward' || true
  kubectl -n production port-forward svc/api 18080:80 &
  sleep 5
done
go test ./test/e2e/... -v
