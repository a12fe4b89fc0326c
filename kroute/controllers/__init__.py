"""Work that goes on beside requests: controllers, and what they are made of.

A controller follows resources in the watch caches, puts what has to be looked at into a work queue, and brings it in
order through the loopback client.  Which ones run is said by `--controllers`; of several processes over one store one
runs them all.
"""
