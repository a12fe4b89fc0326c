"""A chart of a dozen kinds, for Helm."""

from __future__ import annotations

from pathlib import Path

CHART = """\
apiVersion: v2
name: shop
version: {version}
appVersion: "{version}"
"""
VALUES = """\
replicas: 1
image: shop:1
greeting: hello
ingress: true
"""
HELPERS = """\
{{- define "labels" -}}
app.kubernetes.io/name: shop
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
{{- define "meta" -}}
name: {{ .Release.Name }}
  labels: {{- include "labels" . | nindent 4 }}
{{- end -}}
"""
POD = """\
      restartPolicy: Never
      containers:
        - name: work
          image: work:1
"""
KINDS = {
    "deployment": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  {{ include "meta" . }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
    spec:
      serviceAccountName: {{ .Release.Name }}
      containers:
        - name: shop
          image: {{ .Values.image }}
          ports: [{name: http, containerPort: 8080}]
          envFrom:
            - configMapRef: {name: {{ .Release.Name }}}
            - secretRef: {name: {{ .Release.Name }}}
          resources: {requests: {cpu: 100m, memory: 64Mi}}
""",
    "service": """\
apiVersion: v1
kind: Service
metadata:
  {{ include "meta" . }}
spec:
  selector: {app: {{ .Release.Name }}}
  ports: [{name: http, port: 80, targetPort: http}]
""",
    "configmap": """\
apiVersion: v1
kind: ConfigMap
metadata:
  {{ include "meta" . }}
data:
  greeting: {{ .Values.greeting }}
""",
    "secret": """\
apiVersion: v1
kind: Secret
metadata:
  {{ include "meta" . }}
stringData:
  password: {{ .Values.greeting }}
""",
    "ingress": """\
{{- if .Values.ingress }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  {{ include "meta" . }}
spec:
  rules:
    - host: shop.example.org
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service: {name: {{ .Release.Name }}, port: {name: http}}
{{- end }}
""",
    "role": """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{ include "meta" . }}
rules:
  - apiGroups: [""]
    resources: [configmaps]
    verbs: [get, list]
""",
    "rolebinding": """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{ include "meta" . }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ .Release.Name }}}
subjects:
  - {kind: ServiceAccount, name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
""",
    "serviceaccount": """\
apiVersion: v1
kind: ServiceAccount
metadata:
  {{ include "meta" . }}
""",
    "job": """\
apiVersion: batch/v1
kind: Job
metadata:
  {{ include "meta" . }}
spec:
  template:
    spec:
"""
    + POD,
    "cronjob": """\
apiVersion: batch/v1
kind: CronJob
metadata:
  {{ include "meta" . }}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
"""
    + POD.replace("      ", "          ", 1).replace("\n      ", "\n          "),
    "poddisruptionbudget": """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{ include "meta" . }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {app: {{ .Release.Name }}}
""",
    "horizontalpodautoscaler": """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{ include "meta" . }}
spec:
  minReplicas: 1
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ .Release.Name }}}
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}
""",
    "networkpolicy": """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{ include "meta" . }}
spec:
  podSelector:
    matchLabels: {app: {{ .Release.Name }}}
  ingress:
    - ports: [{port: http}]
""",
    "persistentvolumeclaim": """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{ include "meta" . }}
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests: {storage: 1Gi}
""",
}


def write(folder: Path, version: str = "1.0.0") -> str:
    """Write the chart, or another version of it; its folder."""
    chart = folder / "shop"
    (chart / "templates").mkdir(parents=True, exist_ok=True)
    (chart / "Chart.yaml").write_text(CHART.format(version=version))
    (chart / "values.yaml").write_text(VALUES)
    (chart / "templates" / "_helpers.tpl").write_text(HELPERS)
    for kind, text in KINDS.items():
        (chart / "templates" / f"{kind}.yaml").write_text(text)
    return str(chart)
