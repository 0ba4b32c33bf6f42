#!/bin/bash
gcloud container clusters get-credentials staging --region europe-west1
kubectl port-forward svc/web 8080:80 &
curl localhost:8080
kill $!
