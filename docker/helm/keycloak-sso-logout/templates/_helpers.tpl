{{- define "keycloak-sso-logout.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "keycloak-sso-logout.selectorLabels" -}}
{{- if eq .Values.mode "operator" -}}
app: keycloak
app.kubernetes.io/managed-by: keycloak-operator
app.kubernetes.io/instance: {{ include "keycloak-sso-logout.fullname" . }}
{{- else -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
{{- end -}}

{{- define "keycloak-sso-logout.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* Keycloak's nodes, and the ports by which they talk to each other. */ -}}
{{- define "keycloak-sso-logout.nodes" -}}
- podSelector:
    matchLabels:
      {{- include "keycloak-sso-logout.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- define "keycloak-sso-logout.jgroupsPorts" -}}
- port: 7800
  protocol: TCP
- port: 57800
  protocol: TCP
{{- end -}}

{{- define "keycloak-sso-logout.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- /* The bundle's options and the user's own, as a list of name and value; user's own last. */ -}}
{{- define "keycloak-sso-logout.options" -}}
{{- $options := dict "spi-redis-connection--jedis--uri" .Values.redis.uri -}}
{{- with .Values.redis.username }}{{ $_ := set $options "spi-redis-connection--jedis--username" . }}{{ end -}}
{{- if eq .Values.mode "server" -}}
{{- $_ := set $options "hostname" .Values.hostname -}}
{{- with .Values.hostnameAdmin }}{{ $_ := set $options "hostname-admin" . }}{{ end -}}
{{- $_ := set $options "db-url" .Values.database.url -}}
{{- $_ := set $options "http-enabled" "true" -}}
{{- $_ := set $options "http-management-scheme" "http" -}}
{{- $_ := set $options "proxy-headers" "xforwarded" -}}
{{- if .Values.redis.passwordSecret }}{{ $_ := set $options "spi-redis-connection--jedis--password-file" "/run/secrets/redis/password" }}{{ end -}}
{{- if .Values.redis.caSecret }}{{ $_ := set $options "spi-redis-connection--jedis--tls-ca-file" "/run/secrets/redis/ca.pem" }}{{ end -}}
{{- end -}}
{{- range $name, $value := .Values.options }}{{ $_ := set $options $name $value }}{{ end -}}
{{- $list := list -}}
{{- range $name, $value := $options }}{{ $list = append $list (dict "name" $name "value" (toString $value)) }}{{ end -}}
{{- toYaml $list -}}
{{- end -}}
