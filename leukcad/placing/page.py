"""What the placement page asks of the server."""

from __future__ import annotations

import base64
from typing import Any

from leukcad.data.images import encode_jpeg, encode_png
from leukcad.errors import LeukcadError
from leukcad.placing.finder import Finder
from leukcad.placing.placement import Placement, position_of
from leukcad.positions import Position
from leukcad.serving import Refused, Reply, Request, Site, as_json
from leukcad.types import Field

HERE = "leukcad.placing"
FILES = ("place.js", "board.js", "place.css", "annotorious.js", "annotorious.css")
AROUND = 0.6  # of a box's side, shown on each side of it in a preview


def site(placement: Placement) -> Site:
    """The page, its files, and the routes under /api."""
    routes = Site()
    routes.file("/", HERE, "static/place.html")
    for name in FILES:
        routes.file(f"/{name}", HERE, f"static/{name}")
    for name in ("page.css", "api.js"):
        routes.file(f"/{name}", "leukcad.serving", f"static/{name}")
    field = r"/api/fields/([0-9]{1,9})"
    routes.route("GET", "/api/fields", lambda _: as_json(placement.overview()))
    routes.route("GET", field, lambda _, i: as_json(placement.told(int(i))))
    routes.route("PUT", field, lambda request, i: as_json(placement.put(int(i), request.json())))
    routes.route("GET", f"{field}/picture", lambda _, i: _picture(placement.field(int(i))))
    routes.route("GET", f"{field}/suggestions", lambda request, i: _suggest(placement, int(i), request))
    routes.route("POST", f"{field}/preview", lambda request, i: _preview(placement, int(i), request))
    return routes


def _picture(field: Field) -> Reply:
    """As JPEG: what is pasted is computed from the pixels themselves."""
    return Reply(encode_jpeg(field.array(), quality=92), "image/jpeg")


def _finder(placement: Placement) -> Finder:
    if placement.finder is None:
        raise Refused(400, "no installed component offers positions: leukcad plugins lists those of synthesize")
    return placement.finder


def _suggest(placement: Placement, index: int, request: Request) -> Reply:
    count = request.number("count", 20, 1, 500)
    found = _finder(placement).suggest(placement.field(index), count)
    return as_json([{"x": p.x, "y": p.y, "width": p.width, "height": p.height} for p in found])


def _preview(placement: Placement, index: int, request: Request) -> Reply:
    """The cells pasted at the boxes asked for, one picture each: where it lies, as PNG, and what was pasted.

    Boxes into which nothing fits are no mistake of the page: the answer then says why.
    """
    told, field = request.json(), placement.field(index)
    boxes, draw = told.get("boxes"), told.get("draw", 0)
    if not isinstance(boxes, list) or not 0 < len(boxes) <= 200 or not isinstance(draw, int) or not 0 <= draw < 10**6:
        raise Refused(400, "expected 1 to 200 boxes and a draw")
    positions = [position_of(box, field) for box in boxes]
    finder = _finder(placement)
    try:
        made = finder.paste(field, positions, draw)
    except LeukcadError as error:
        return as_json({"cells": [], "asked": len(positions), "why": str(error)})
    pasted = made.ledger[len(field.ledger) :]
    cells = [_cell(made, entry, positions) for entry in pasted]
    return as_json({"cells": [cell for cell in cells if cell], "asked": len(positions)})


def _cell(made: Field, entry: Any, positions: list[Position]) -> dict[str, Any] | None:
    """One pasted cell with its surroundings."""
    x, y = float(entry["x"]), float(entry["y"])
    box = next((p for p in positions if p.x <= x <= p.x + p.width and p.y <= y <= p.y + p.height), None)
    if box is None:
        return None
    edge = AROUND * max(box.width, box.height)
    left, top = max(0, int(box.x - edge)), max(0, int(box.y - edge))
    right, bottom = int(box.x + box.width + edge) + 1, int(box.y + box.height + edge) + 1
    shown = made.array()[top:bottom, left:right]
    url = "data:image/png;base64," + base64.b64encode(encode_png(shown, level=1)).decode()
    at = {"x": left, "y": top, "width": shown.shape[1], "height": shown.shape[0]}
    kind, donor = str(entry.get("kind", "")), str(entry.get("donor", ""))
    return {**at, "picture": url, "kind": kind, "donor": donor, "diameter": round(float(entry.get("diameter", 0)), 1)}
