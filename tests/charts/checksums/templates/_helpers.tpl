{{- define "checksums.config" -}}
level: {{ .Values.config.level }}
port: 8080
{{- end -}}
