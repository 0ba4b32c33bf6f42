kubectl port-forward svc/web 8080:80
kubectl --context kind-shop port-forward svc/web 8080:80
