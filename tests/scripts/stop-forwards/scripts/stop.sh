#!/bin/bash
pkill -f "port-forward" || true
pgrep -fa 'kubectl.*port-forward' && echo "still running"
ps aux | grep '[k]ubectl port-forward' | awk '{print $2}' | xargs -r kill
