#!/bin/sh
kubectx live-cluster
kubens shop
kubectl port-forward svc/db 5432 &
sleep 3
./flyway migrate
kill %1
