while true; do kubectl -n prod port-forward svc/web 8080:80; done
