"""Priority and fairness: who is worked for next, when more is asked for than can be done at once.

- `configuring`: FlowSchema and PriorityLevelConfiguration objects, made for use;
- `matching`: which schema a request belongs to;
- `queueing`, `dealing`: the queues of one priority level, fair between flows;
- `sharing`: how the levels share what the server can do, and lend it to each other;
- `estimating`: how much a request takes;
- `controller`: all of it together, following the objects.

Mirrors `k8s.io/apiserver/pkg/util/flowcontrol`.
"""
