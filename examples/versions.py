"""Two versions of one kind, and how to get from one to the other.

    python -m examples.versions

    kubectl -s http://127.0.0.1:8080 apply -f examples/ovens.yaml
    kubectl -s http://127.0.0.1:8080 get ovens.v1.kitchen.example.org -o yaml
    kubectl -s http://127.0.0.1:8080 get ovens.v1beta1.kitchen.example.org -o yaml

v1 is stored, with a number; v1beta1 had a text, "180C".  Each object can be read and written in both.
"""

from marshmallow import fields, validate

import kroute


class OvenSpec(kroute.Schema):
    celsius = fields.Integer(required=True, validate=validate.Range(min=0, max=300))


class OldOvenSpec(kroute.Schema):
    temperature = fields.String(required=True, validate=validate.Regexp(r"^[0-9]+C$"))


class OldOven(kroute.Kind):
    """An oven, as it was described first."""

    spec = fields.Nested(OldOvenSpec, required=True)


def to_storage(obj: kroute.Object) -> kroute.Object:
    obj["spec"] = {"celsius": int(obj["spec"]["temperature"].removesuffix("C"))}
    return obj


def from_storage(obj: kroute.Object) -> kroute.Object:
    obj["spec"] = {"temperature": f"{obj['spec']['celsius']}C"}
    return obj


@kroute.resource(
    group="kitchen.example.org",
    version="v1",
    versions=[
        kroute.version(
            "v1beta1",
            OldOven,
            to_storage=to_storage,
            from_storage=from_storage,
            deprecation_warning="kitchen.example.org/v1beta1 Oven is deprecated; use v1",
        )
    ],
)
class Oven(kroute.Kind):
    """An oven."""

    spec = fields.Nested(OvenSpec, required=True)


server = kroute.APIServer([Oven])

if __name__ == "__main__":
    server.run(host="127.0.0.1", port=8080)
