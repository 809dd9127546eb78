"""The pages: the client at `/` and at the addresses of what it shows, GraphiQL, and their files."""

from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"

_CLIENT_PATHS = (
    *("/", "/start", "/approvals", "/audit"),
    *("/pipelines", "/pipelines/{rest:path}", "/failures", "/failures/{rest:path}"),
    *("/groups", "/groups/{rest:path}", "/definitions", "/definitions/{rest:path}"),
)


class _Assets(StaticFiles):
    """Files whose names change with their content may be kept for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def routes(static: Path = STATIC) -> list[BaseRoute]:
    """Routes of all pages; where the client was not built, they say how to build it."""

    async def client(_: Request) -> Response:
        return _page(static / "index.html")

    async def graphiql(_: Request) -> Response:
        return _page(static / "graphiql.html")

    async def missing(request: Request) -> Response:
        """A person is shown where they are, and the way back; a program is told in a word."""
        if "text/html" in request.headers.get("accept", ""):
            return _page(static / "index.html", 404)
        return PlainTextResponse("Not Found", status_code=404)

    found: list[BaseRoute] = [Route(path, client) for path in _CLIENT_PATHS]
    found.append(Route("/graphiql", graphiql))
    if (static / "assets").is_dir():
        found.append(Mount("/assets", GZipMiddleware(_Assets(directory=static / "assets"))))
    found.append(Route("/{rest:path}", missing))
    return found


def _page(file: Path, status: int = 200) -> Response:
    if not file.is_file():
        return PlainTextResponse("The pages are not built: run ./run once, it builds them.\n", status_code=503)
    return FileResponse(file, status, headers={"cache-control": "no-cache"})
