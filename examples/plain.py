"""A resource declared by a plain OpenAPI schema, without a class; it is cluster-scoped.

    python -m examples.plain

    kubectl -s http://127.0.0.1:8080 apply -f examples/planets.yaml
    kubectl -s http://127.0.0.1:8080 get planets
    kubectl -s http://127.0.0.1:8080 explain planet.spec.moons

A schema may say what a CustomResourceDefinition's may: defaults, patterns, list types, `x-kubernetes-` extensions.
"""

import kroute

PLANETS = kroute.resource(
    group="sky.example.org",
    version="v1",
    kind="Planet",
    scope="Cluster",
    schema={
        "description": "A body that goes round a star.",
        "required": ["spec"],
        "properties": {
            "spec": {
                "type": "object",
                "required": ["radius"],
                "properties": {
                    "radius": {"type": "number", "minimum": 0, "description": "In kilometres."},
                    "moons": {
                        "type": "array",
                        "description": "What goes round it.",
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["name"],
                        "items": {
                            "type": "object",
                            "required": ["name"],
                            "properties": {
                                "name": {"type": "string"},
                                "radius": {"type": "number", "description": "In kilometres."},
                            },
                        },
                    },
                },
            }
        },
    },
    columns=[
        kroute.Column(name="Radius", path=".spec.radius", type="number"),
        kroute.Column(name="Moons", path=".spec.moons[*].name"),
    ],
)

server = kroute.APIServer([PLANETS])

if __name__ == "__main__":
    server.run(host="127.0.0.1", port=8080)
