"""The pod security standards: how much a pod may have of the node it runs on, by level and by Kubernetes version.

`levels` are what labels of namespaces say, `standards` asks the checks of a level, `baseline` and `restricted` have
the checks themselves.  The plugin is `admission.plugins.pod_security`.
Mirrors `k8s.io/pod-security-admission`.
"""
