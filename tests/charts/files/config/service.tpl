apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-from-file
spec:
  ports:
    - port: 80
