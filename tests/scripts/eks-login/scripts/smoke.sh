#!/bin/bash
set -e
aws eks update-kubeconfig --region eu-central-1 --name shop-prod
POD=$(kubectl get pod -l app=web -o jsonpath='{.items[0].metadata.name}')
kubectl port-forward "$POD" 8080 &
curl --retry 5 --retry-connrefused localhost:8080
