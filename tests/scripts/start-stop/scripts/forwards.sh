#!/bin/bash
case "$1" in
  start)
    setsid kubectl port-forward svc/web 8080:80 </dev/null &>/dev/null &
    echo $! > /tmp/forward.pid
    ;;
  stop)
    kill "$(cat /tmp/forward.pid)"
    ;;
esac
