"""The server: one thread a connection, on loopback, each request checked before it is read."""

from __future__ import annotations

import ipaddress
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from leukcad.errors import LeukcadError
from leukcad.serving.guard import Guard
from leukcad.serving.replies import HEADERS, Refused, Reply
from leukcad.serving.site import Request, Site

log = logging.getLogger("leukcad.serving")
MAX_BODY = 1 << 20  # bytes: a field with 5,000 boxes has half of it
PATIENCE = 60  # seconds that a connection may keep silent


class Server:
    """Serves a site at `url`, which holds the one-time token.

    Port 0 takes one that is free. Raises `LeukcadError` for a host that is not loopback, or a port that is taken.
    """

    def __init__(self, site: Site, *, host: str = "127.0.0.1", port: int = 0) -> None:
        _require_loopback(host)
        try:
            self._http = _Http((host, port), _Talk)
        except OSError as error:
            cure = "stop what uses it, or give another --port (0 takes a free one)"
            raise LeukcadError(f"cannot listen on {host}:{port}: {error.strerror}", cure=cure) from error
        self.port = int(self._http.server_address[1])
        self._http.site, self._http.guard = site, Guard(self.port)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """What to open in a browser, once."""
        return f"http://127.0.0.1:{self.port}/?token={self._http.guard.token}"

    def run(self) -> None:
        """Serve until Ctrl-C, then close."""
        try:
            self._http.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            pass
        finally:
            self._http.server_close()

    def __enter__(self) -> Server:
        """Serve in a thread while the block runs."""
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        if self._thread is not None:
            self._thread.join()


def _require_loopback(host: str) -> None:
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        cure = "use an ssh tunnel to reach it from elsewhere: ssh -L PORT:127.0.0.1:PORT machine"
        raise LeukcadError(f"expected a loopback address such as 127.0.0.1, got {host!r}", cure=cure)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    site: Site
    guard: Guard

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that went away in the middle of an answer is no error."""
        log.debug("the connection to %s broke", client_address, exc_info=True)


class _Talk(BaseHTTPRequestHandler):
    """One connection."""

    server: _Http
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer()

    def do_PUT(self) -> None:
        """Answer a PUT."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer()

    def version_string(self) -> str:
        """Nothing that tells a version."""
        return "leukcad"

    def log_message(self, format: str, *values: object) -> None:
        """To the log, without the token."""
        log.debug("%s", (format % values).replace(self.server.guard.token, "…"))

    def _answer(self) -> None:
        more: dict[str, str] = {}
        try:
            self._require_local()
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, max_num_fields=20))
            self.server.guard.check_place(self.command, dict(self.headers.items()))
            token = query.pop("token", None) if self.command == "GET" and parts.path == "/" else None
            more = self.server.guard.admit(dict(self.headers.items()), token)
            reply = self.server.site.answer(Request(self.command, unquote(parts.path), query, self._body()))
        except Refused as refused:
            reply = refused.reply()
            self.close_connection = self.close_connection or self.command != "GET"  # its body may not have been read
        except ValueError:  # a request line or a query that is none
            reply, self.close_connection = Refused(400, "expected another address").reply(), True
        except Exception:
            log.exception("%s %s", self.command, urlsplit(self.path).path)
            reply, self.close_connection = Refused(500, "a mistake in leukcad: see the terminal").reply(), True
        self._send(reply, more)

    def _require_local(self) -> None:
        if not ipaddress.ip_address(self.client_address[0]).is_loopback:
            raise Refused(403, "only this machine may ask")

    def _body(self) -> bytes:
        if self.command == "GET":
            return b""
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            raise Refused(411, "expected the length of the body")
        if int(length) > MAX_BODY:
            raise Refused(413, f"expected at most {MAX_BODY} bytes")
        if self.headers.get_content_type() != "application/json":
            raise Refused(415, "expected application/json")
        return self.rfile.read(int(length))

    def _send(self, reply: Reply, more: dict[str, str]) -> None:
        self.send_response(reply.status)
        for name, value in {**HEADERS, **reply.headers, **more}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)
