"""What objects use of a resource quota: any resource counts its objects, pods, services and claims more than that.

Mirrors `pkg/quota/v1` of Kubernetes.
"""
