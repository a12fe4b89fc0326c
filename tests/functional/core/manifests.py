"""A small application of many kinds, as people write it for kubectl, and one object of further kinds."""

from __future__ import annotations

APPLICATION = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {greeting: hello}
---
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {password: geheim}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: web:1
          ports: [{containerPort: 8080}]
          envFrom: [{configMapRef: {name: web}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
    - host: web.example.org
      http:
        paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects: [{kind: ServiceAccount, name: web}]
"""
APPLICATION_NAMES = [
    "configmap/web", "secret/web", "serviceaccount/web", "service/web", "deployment.apps/web",
    "ingress.networking.k8s.io/web", "role.rbac.authorization.k8s.io/web", "rolebinding.rbac.authorization.k8s.io/web",
]  # fmt: skip

MORE = """\
apiVersion: v1
kind: Pod
metadata: {name: more}
spec: {containers: [{name: c, image: "c:1", env: [{name: A, value: b}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: more}
spec:
  serviceName: more
  selector: {matchLabels: {app: more}}
  template: &template
    metadata: {labels: {app: more}}
    spec: {containers: [{name: c, image: "c:1"}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: more}
spec:
  selector: {matchLabels: {app: more}}
  template:
    metadata: {labels: {app: more}}
    spec: {containers: [{name: c, image: "c:1"}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: more}
spec:
  selector: {matchLabels: {app: more}}
  template:
    metadata: {labels: {app: more}}
    spec: {containers: [{name: c, image: "c:1"}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: more}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "c:1"}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: more}
spec:
  schedule: "0 3 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "c:1"}]}}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: more}
spec:
  maxReplicas: 3
  scaleTargetRef: {apiVersion: apps/v1, kind: ReplicaSet, name: more}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: more}
spec: {minAvailable: 1, selector: {matchLabels: {app: more}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: more}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: more}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: more}
spec: {hard: {services: "5"}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: more}
spec: {limits: [{type: PersistentVolumeClaim, max: {storage: 5Gi}}]}
""".replace(" &template", "")
MORE_KINDS = [
    "pod", "statefulset", "daemonset", "replicaset", "job", "cronjob", "hpa", "pdb", "networkpolicy", "pvc",
    "resourcequota", "limitrange",
]  # fmt: skip
