"""Resources in an application of one's own, below a prefix, beside the application's own routes.

    python -m examples.mounted

    curl -s http://127.0.0.1:8080/hello
    kubectl -s http://127.0.0.1:8080/kube apply -f examples/widgets.yaml
    kubectl -s http://127.0.0.1:8080/kube get widgets
    curl -s http://127.0.0.1:8080/swagger.json

The last is the application's own document, made by aiohttp-apispec (http://127.0.0.1:8080/docs shows it): the routes
of widgets are in it.  kroute's pages are at http://127.0.0.1:8080/kube/docs.
"""

import aiohttp_apispec
from aiohttp import web

import kroute
from examples import toys


@aiohttp_apispec.docs(tags=["hello"], summary="Say hello")  # type: ignore[untyped-decorator]
async def hello(request: web.Request) -> web.Response:
    return web.json_response({"hello": request.query.get("name", "world")})


async def user(request: web.Request) -> kroute.User:
    """Who asks.  An application that knows its users would look into its session here."""
    return kroute.User(request.headers.get("X-User", "visitor"), groups=("system:authenticated",))


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/hello", hello)
    toys.server.install(app, prefix="/kube", user=user)
    aiohttp_apispec.setup_aiohttp_apispec(app, title="Toy shop", url="/swagger.json", swagger_path="/docs")
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
