#!/usr/bin/env bash
usage() {
  cat <<'USAGE'
usage: show-notes.sh [release]
  1. kubectl --context prod port-forward svc/web 8080:80
  2. open http://localhost:8080
USAGE
}
# kubectl port-forward svc/web 8080:80 is for people
case "${1:-}" in
  -h | --help) usage; exit ;;
esac
helm get notes "${1:-web}"
echo "Or: kubectl port-forward svc/${1:-web} 8080:80" >&2
