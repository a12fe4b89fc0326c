"""Other servers' APIs as if they were this one's: APIServices, which say who answers for a group-version.

- `catalog`, `strategy`, `validation`, `conditions`: the resource apiservices;
- `records`: what the rest reads of an APIService; `known`: all there are, followed in the watch cache;
- `backends`: connections to the servers that APIServices name; `proxying`: requests passed on to them;
- `handling`: which requests go where;
- `registering`: APIServices for what this server serves itself;
- `availability`: whether the servers can be reached;
- `discovery`, `entries`, `documents`: what they say they serve;
- `server`: all of it as a part of a chain of servers.

Mirrors `k8s.io/kube-aggregator`.
"""
