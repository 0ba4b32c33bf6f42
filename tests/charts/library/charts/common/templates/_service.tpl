{{- define "common.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  type: NodePort
  selector:
    {{- include "common.selector" . | nindent 4 }}
  ports:
    - port: 80
      nodePort: {{ .Values.nodePort }}
{{- end -}}
{{- define "common.selector" -}}
app: {{ .Release.Name }}
{{- end -}}
{{- define "common.merge" -}}
{{- $top := first . -}}
{{- $overrides := fromYaml (include (index . 1) $top) -}}
{{- $base := fromYaml (include (index . 2) $top) -}}
{{- toYaml (merge $overrides $base) -}}
{{- end -}}
{{- define "common.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    matchLabels:
      {{- include "common.selector" . | nindent 6 }}
{{- end -}}
