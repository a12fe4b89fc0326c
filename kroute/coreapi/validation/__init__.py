"""What built-in kinds may hold: one concern a module, pure functions over decoded and defaulted objects.

Validators take an object (and where it stands) and yield field errors in kube-apiserver's order and words; metadata is
checked by the store, by the rules that `registry` names.  Mirrors `pkg/apis/*/validation` of Kubernetes.
"""
