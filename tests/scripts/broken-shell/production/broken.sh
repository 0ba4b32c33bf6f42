#!/bin/bash
if [ -f x; then
  echo "this is never closed
kubectl port-forward svc/web 8080:80
for x in; do
