{{/*
The name of everything: used as a value, so it carries no key.
*/}}
{{- define "helpers.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "helpers.labels" -}}
{{ include "helpers.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "helpers.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "helpers.image" -}}
{{ .repository }}:{{ .tag | default "latest" }}
{{- end -}}

{{- define "helpers.resources" -}}
requests:
  cpu: 100m
limits:
  memory: 128Mi
{{- end -}}
