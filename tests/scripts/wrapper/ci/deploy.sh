#!/usr/bin/env bash
export KUBECONFIG="${KUBECONFIG:-$HOME/.kube/live}"
k() { kubectl --namespace shop "$@"; }
retry() { for _ in 1 2 3; do "$@" && return; sleep 1; done; }
k apply -f deploy/
k port-forward svc/web 8080:80 &
retry curl -sf localhost:8080
