{{/* What everything of this release is called: the release's name, with the chart's unless it is in there. */}}
{{- define "longshore.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{/* The operator's Deployment, ServiceAccount, Lease. */}}
{{- define "longshore.operator" -}}
{{ include "longshore.fullname" . }}-operator
{{- end }}

{{/* What archives may do in their namespace. */}}
{{- define "longshore.archive" -}}
{{ include "longshore.fullname" . }}-archive
{{- end }}

{{/* By which archives have tokens reviewed. */}}
{{- define "longshore.archive.reviewer" -}}
{{ include "longshore.fullname" . }}-archive-reviewer
{{- end }}

{{/* Who the operator is to the API server. */}}
{{- define "longshore.operator.user" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "longshore.operator" . }}
{{- end }}

{{- define "longshore.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "longshore.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "longshore.selector" . }}
app.kubernetes.io/part-of: longshore
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* A reference to an image; give a list of its values and the root. */}}
{{- define "longshore.image" -}}
{{- $image := index . 0 -}}
{{- $root := index . 1 -}}
{{ $image.repository }}:{{ default $root.Chart.AppVersion $image.tag }}
{{- end }}
