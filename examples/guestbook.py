"""A guestbook: validation, defaults, status, scale, columns, strategies, and two kinds in one group.

    kroute serve examples.guestbook:server

serves it over HTTPS.  From another shell:

    kubectl --kubeconfig .kroute/kubeconfig apply -f examples/guestbook.yaml
    kubectl --kubeconfig .kroute/kubeconfig get guestbooks,entries
    kubectl --kubeconfig .kroute/kubeconfig scale guestbook inn --replicas 3
    kubectl --kubeconfig .kroute/kubeconfig get entries --field-selector spec.guestbook=inn -o wide
"""

from collections.abc import Iterable

from marshmallow import fields, validate

import kroute


class GuestbookSpec(kroute.Schema):
    title = fields.String(
        required=True, validate=validate.Length(min=1, max=80), metadata={"description": "What stands on the cover."}
    )
    replicas = fields.Integer(
        load_default=1, validate=validate.Range(min=0, max=100), metadata={"description": "How many copies lie open."}
    )
    theme = fields.String(
        load_default="light", validate=validate.OneOf(["light", "dark"]), metadata={"description": "How it looks."}
    )
    moderators = fields.List(
        fields.String(), metadata={"description": "Who may remove entries.", "x-kubernetes-list-type": "set"}
    )


class GuestbookStatus(kroute.Schema):
    replicas = fields.Integer(metadata={"description": "How many copies lie open now."})
    selector = fields.String(metadata={"description": "A label selector for the copies."})
    phase = fields.String(
        validate=validate.OneOf(["New", "Open", "Closed"]), metadata={"description": "How far it has come."}
    )


class GuestbookStrategy(kroute.Strategy):
    """New guestbooks are New, whatever their maker says of their status."""

    async def prepare_for_create(self, ctx: kroute.RequestContext, obj: kroute.Object) -> None:
        obj["status"] = {"phase": "New", "replicas": 0, "selector": f"guestbook={obj['metadata']['name']}"}

    def warnings_on_create(self, ctx: kroute.RequestContext, obj: kroute.Object) -> Iterable[str]:
        if not obj["spec"].get("moderators"):
            yield "nobody can remove entries: spec.moderators is empty"


@kroute.resource(
    group="guestbook.example.org",
    version="v1",
    short_names=["gb"],
    categories=["all"],
    subresources=["status", "scale"],
    selectable_fields=[".spec.theme"],
    columns=[
        kroute.Column(name="Title", path=".spec.title"),
        kroute.Column(name="Copies", path=".spec.replicas", type="integer"),
        kroute.Column(name="Phase", path=".status.phase"),
        kroute.Column(name="Theme", path=".spec.theme", priority=1),
        kroute.Column(name="Age", path=".metadata.creationTimestamp", type="date"),
    ],
    strategy=GuestbookStrategy(),
)
class Guestbook(kroute.Kind):
    """A book that guests write into."""

    spec = fields.Nested(GuestbookSpec, required=True, metadata={"description": "What is wanted."})
    status = fields.Nested(GuestbookStatus, dump_only=True, metadata={"description": "What is."})


class EntrySpec(kroute.Schema):
    guestbook = fields.String(required=True, metadata={"description": "The name of the guestbook."})
    author = fields.String(metadata={"description": "Who wrote; the user's name if left out."})
    message = fields.String(required=True, validate=validate.Length(min=1, max=500))
    written = fields.DateTime(metadata={"description": "When; set by the server."})


class EntryStrategy(kroute.Strategy):
    """Entries are signed and dated, have no links, and can't be rewritten."""

    async def prepare_for_create(self, ctx: kroute.RequestContext, obj: kroute.Object) -> None:
        spec = obj["spec"]
        spec["written"] = kroute.now()
        spec.setdefault("author", ctx.user.name)

    def validate(self, ctx: kroute.RequestContext, obj: kroute.Object) -> Iterable[kroute.FieldError]:
        if "://" in obj["spec"]["message"]:
            yield kroute.invalid("spec.message", obj["spec"]["message"], "must not have links")

    def validate_update(
        self, ctx: kroute.RequestContext, obj: kroute.Object, old: kroute.Object
    ) -> Iterable[kroute.FieldError]:
        if obj["spec"] != old["spec"]:
            yield kroute.forbidden("spec", "an entry can't be rewritten")


@kroute.resource(
    group="guestbook.example.org",
    version="v1",
    plural="entries",
    selectable_fields=[".spec.guestbook"],
    columns=[
        kroute.Column(name="Guestbook", path=".spec.guestbook"),
        kroute.Column(name="Author", path=".spec.author"),
        kroute.Column(name="Message", path=".spec.message", priority=1),
        kroute.Column(name="Age", path=".metadata.creationTimestamp", type="date"),
    ],
    strategy=EntryStrategy(),
)
class Entry(kroute.Kind):
    """What a guest wrote."""

    spec = fields.Nested(EntrySpec, required=True)


server = kroute.APIServer([Guestbook, Entry], title="Guestbook")

if __name__ == "__main__":
    server.run(host="127.0.0.1", port=8080)
