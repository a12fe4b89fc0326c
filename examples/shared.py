"""Two processes, one store.  With a Redis (or Valkey) 7 at hand:

    kroute serve examples.shared:server --storage redis://127.0.0.1:6379/0 --data-dir .kroute/a --secure-port 6443
    kroute serve examples.shared:server --storage redis://127.0.0.1:6379/0 --data-dir .kroute/b --secure-port 6444

What is written through one is seen, and watched, through the other:

    kubectl --kubeconfig .kroute/a/kubeconfig apply -f examples/guestbook.yaml
    kubectl --kubeconfig .kroute/b/kubeconfig get guestbooks,entries

`kroute serve --workers 2` is the same with one port and one data directory.
"""

import kroute
from examples import guestbook

server = kroute.APIServer([guestbook.Guestbook, guestbook.Entry], title="Shared guestbook")
