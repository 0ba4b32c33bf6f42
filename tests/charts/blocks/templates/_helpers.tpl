{{- define "blocks.settings" -}}
{
  "port": 80,
  "name": "web"
}
{{- end -}}

{{- define "blocks.pairs" -}}
a: 1,b: 2
{{- end -}}

{{- define "blocks.flag" -}}
{{- if .Values.labels -}}
enabled: true
{{- end -}}
{{- end -}}

{{- define "blocks.labels" -}}
{{ toYaml .Values.labels }}
{{ toYaml .Values.notes }}
{{- end -}}

{{- define "blocks.affinity" -}}
podAffinityTerm:
  labelSelector:
    matchLabels: {{- (include "blocks.selector" .) | nindent 6 }}
      {{ printf "component: %s" "web" }}
  topologyKey: kubernetes.io/hostname
weight: 1
{{- end -}}

{{- define "blocks.selector" -}}
{{ merge (dict "app" .Chart.Name) .Values.labels | toYaml }}
{{- end -}}

{{- define "blocks.metadata" }}
  name: texts
{{- end }}
