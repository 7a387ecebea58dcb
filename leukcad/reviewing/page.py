"""What the review page asks of the server."""

from __future__ import annotations

from leukcad.reviewing.review import Review
from leukcad.serving import Refused, Reply, Request, Site, as_json

HERE = "leukcad.reviewing"


def site(review: Review) -> Site:
    """The page, its files, and the routes under /api."""
    routes = Site()
    routes.file("/", HERE, "static/review.html")
    for name in ("review.js", "review.css"):
        routes.file(f"/{name}", HERE, f"static/{name}")
    for name in ("page.css", "api.js"):
        routes.file(f"/{name}", "leukcad.serving", f"static/{name}")
    cell = r"/api/cells/([0-9]{1,9})"
    routes.route("GET", "/api/review", lambda _: as_json(review.told()))
    routes.route("GET", f"{cell}/(close|around)", lambda _, i, which: _picture(review, int(i), which))
    routes.route("POST", cell, lambda request, i: _decide(review, int(i), request))
    return routes


def _picture(review: Review, index: int, which: str) -> Reply:
    if not 0 <= index < len(review.cells):
        raise Refused(404, "there is no such cell")
    cell = review.cells[index]
    return Reply(cell.close if which == "close" else cell.around, "image/jpeg")


def _decide(review: Review, index: int, request: Request) -> Reply:
    told = request.json()
    return as_json(review.decide(index, told.get("action"), told.get("class")))
