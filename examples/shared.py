"""Two processes, one store.  With a Redis at hand:

    kroute serve examples.shared:server --storage redis://127.0.0.1:6379/0 --secure-port 6443
    kroute serve examples.shared:server --storage redis://127.0.0.1:6379/0 --secure-port 6444

What is written through one is seen, and watched, through the other.
"""

from examples import guestbook

import kroute

server = kroute.APIServer([guestbook.Guestbook, guestbook.Entry], title="Shared guestbook")
