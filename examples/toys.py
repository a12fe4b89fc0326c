"""A server with one resource: python toys.py, then kubectl -s http://127.0.0.1:8080 get widgets."""

from marshmallow import fields, validate

import kroute

SIZE = kroute.Column(name="Size", path=".spec.size", type="integer")


class WidgetSpec(kroute.Schema):
    size = fields.Integer(required=True, validate=validate.Range(min=1), metadata={"description": "How big, in cm."})
    colour = fields.String(load_default="red", validate=validate.OneOf(["red", "green", "blue"]))


class WidgetStatus(kroute.Schema):
    phase = fields.String()


@kroute.resource(group="toys.example.org", version="v1", short_names=["wd"], subresources=["status"], columns=[SIZE])
class Widget(kroute.Kind):
    """A toy."""

    spec = fields.Nested(WidgetSpec, required=True)
    status = fields.Nested(WidgetStatus, dump_only=True)


server = kroute.APIServer([Widget])  # storage="redis://..." to share it between processes and machines

if __name__ == "__main__":
    server.run(host="127.0.0.1", port=8080)
