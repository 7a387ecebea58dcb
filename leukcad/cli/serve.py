"""How a command serves a page: say where it is, and wait for Ctrl-C."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from leukcad.serving import Site


def serve(site: Site, *, port: int, browser: bool, as_json: bool, told: dict[str, Any]) -> None:
    """Serve until Ctrl-C. The link, which opens once, goes to stdout at once, as JSON with `told` if asked for."""
    import json

    from leukcad.cli import talk
    from leukcad.serving import Server

    server = Server(site, port=port)
    if as_json:
        typer.echo(json.dumps({"url": server.url, **told}, ensure_ascii=False))  # one line: a program waits for it
    else:
        typer.echo(server.url)
    sys.stdout.flush()
    talk.note("the link opens once, on this machine only; Ctrl-C ends")
    if browser:
        import webbrowser

        webbrowser.open(server.url)
    server.run()
