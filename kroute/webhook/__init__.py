"""Calls to other servers that take part in a request: webhooks of CustomResourceDefinitions and of admission.

- `config`: where a webhook is, as objects say it;
- `client`: makes calls, and says in kube-apiserver's words why one failed;
- `authorities`: whom to trust; `gofailures`: what Go says of connections that fail;
- `resolving`: from a Service to an address;
- `kubeconfigs`: servers that flags name by a file; `reviews`: asks them.

It knows nothing of what is asked.  Mirrors `pkg/util/webhook` of k8s.io/apiserver.
"""
