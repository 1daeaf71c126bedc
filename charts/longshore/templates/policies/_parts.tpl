{{/* What the admission policies have in common. */}}

{{/* The name of a policy; give the list of its last word and the root. */}}
{{- define "longshore.policy.name" -}}
{{ include "longshore.fullname" (index . 1) }}-{{ index . 0 }}
{{- end }}

{{/* Makes a policy apply: everywhere, or in the namespaces that the operator looks after. */}}
{{- define "longshore.policy.binding" -}}
{{- $name := include "longshore.policy.name" . }}
{{- $root := index . 1 -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name }}
  labels:
    {{- include "longshore.labels" $root | nindent 4 }}
spec:
  policyName: {{ $name }}
  validationActions: [Deny]
  {{- with $root.Values.namespaces }}
  matchResources:
    namespaceSelector:
      matchExpressions:
        - {key: kubernetes.io/metadata.name, operator: In, values: {{ toJson . }}}
  {{- end }}
{{- end }}

{{- define "longshore.policy.metadata" -}}
name: {{ include "longshore.policy.name" . }}
labels:
  {{- include "longshore.labels" (index . 1) | nindent 2 }}
{{- end }}

{{/* A match condition: the operator acts for users whose own writes were checked. */}}
{{- define "longshore.policy.notTheOperator" -}}
name: not-the-operator
expression: request.userInfo.username != {{ include "longshore.operator.user" . | quote }}
{{- end }}

{{/* A match condition: what changes only in metadata or status was checked before. */}}
{{- define "longshore.policy.changesSpec" -}}
name: changes-spec
expression: oldObject == null || !has(oldObject.spec) || !has(object.spec) || object.spec != oldObject.spec
{{- end }}

{{/* Variables: the graph of a Workflow or a Run, and all that stands where a step stands in it. */}}
{{- define "longshore.policy.graph" -}}
- name: graph
  expression: >-
    object.kind == "Workflow" ? object.spec
    : object.kind == "Run" && has(object.spec.workflowSpec) ? object.spec.workflowSpec : {}
- name: steps
  expression: >-
    (has(variables.graph.defaults) ? [variables.graph.defaults] : [])
    + (has(variables.graph.steps) ? variables.graph.steps : [])
    + (has(variables.graph.finally) ? variables.graph.finally : [])
{{- end }}
