#!/bin/bash
until kubectl port-forward svc/mock-payments 9000:80; do
  sleep 1
done
