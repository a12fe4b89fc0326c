"""A server for tests that start `kroute serve`: widgets, declared by a plain schema."""

import kroute

WIDGETS = kroute.resource(
    group="toys.example.org",
    version="v1",
    kind="Widget",
    short_names=["wd"],
    subresources=["status"],
    schema={
        "type": "object",
        "required": ["spec"],
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {"size": {"type": "integer", "minimum": 1}, "colour": {"type": "string"}},
            },
            "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
        },
    },
)

server = kroute.APIServer([WIDGETS])
empty = kroute.APIServer()
