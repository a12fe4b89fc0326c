"""What is there from the start, and stays: namespaces, the Service of the server itself, priorities, access to tokens.

Everything is written through the loopback client, as kube-apiserver's own controllers do it, whether controllers run
or not; what somebody deletes or bends comes back.
Mirrors `k8s.io/kubernetes/pkg/controlplane`.
"""
