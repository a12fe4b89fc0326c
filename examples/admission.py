"""An admission plugin: a rule for objects of all kinds.  This one notes who made an object, and protects some.

    kroute serve examples.admission:server

    kubectl --kubeconfig .kroute/kubeconfig apply -f examples/widgets.yaml
    kubectl --kubeconfig .kroute/kubeconfig get widget big -o jsonpath='{.metadata.annotations}'
    kubectl --kubeconfig .kroute/kubeconfig label widget big protected=true
    kubectl --kubeconfig .kroute/kubeconfig delete widget big

The last is refused.  Plugins are given to the server in the order in which they are to run: all that change objects
(`admit`) before the first that checks them (`validate`).  A plugin has one of the two methods or both.
"""

import kroute
from examples import toys

MAKER = "toys.example.org/maker"


class HouseRules:
    """Each new object tells its maker's name; what has the label `protected` stays."""

    operations = (kroute.Operation.CREATE, kroute.Operation.UPDATE, kroute.Operation.DELETE)

    async def admit(self, found: kroute.Attributes) -> None:
        if found.obj is None or found.subresource:
            return
        annotations = found.obj["metadata"].setdefault("annotations", {})
        if found.operation is kroute.Operation.CREATE:
            annotations[MAKER] = found.user.name
        elif found.old is not None and (maker := found.old["metadata"].get("annotations", {}).get(MAKER)):
            annotations[MAKER] = maker

    async def validate(self, found: kroute.Attributes) -> None:
        if found.operation is kroute.Operation.DELETE and found.old is not None:
            metadata = found.old["metadata"]
            if "protected" in metadata.get("labels", {}):
                resource = kroute.GroupResource(found.resource.group, found.resource.resource)
                raise kroute.Forbidden.of(resource, metadata["name"], "it is protected; remove the label first")


server = kroute.APIServer([toys.Widget], admission=[HouseRules()])
