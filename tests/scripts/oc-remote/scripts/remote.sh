#!/bin/bash
oc login https://api.prod.example.com:6443 --token="$TOKEN"
oc -n shop port-forward dc/web 8080 &
ssh bastion "oc whoami"
ssh ops@bastion 'nohup k3s kubectl port-forward svc/web 80:80 --address 0.0.0.0 &'
