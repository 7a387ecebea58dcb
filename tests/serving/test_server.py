"""Who a served page answers, and whom it refuses."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukcad.errors import LeukcadError
from leukcad.serving import Refused, Reply, Request, Server, Site, as_json
from leukcad.serving.server import MAX_BODY


@dataclass
class Browser:
    """Asks a server as a browser would: with its cookie, and with an Origin for what changes something."""

    server: Server
    cookie: str = ""
    last: Mapping[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        own = f"http://127.0.0.1:{self.server.port}"
        sent = {"Cookie": self.cookie, "Content-Type": "application/json"} | ({"Origin": own} if body else {})
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request(method, path, body, {name: value for name, value in sent.items() if value})
        reply = connection.getresponse()
        self.last = dict(reply.headers.items())
        told = reply.status, reply.read()
        connection.close()
        return told

    def open(self, path: str | None = None) -> int:
        url = urlsplit(self.server.url)
        status, _ = self.ask("GET", path or f"{url.path}?{url.query}")
        self.cookie = self.last.get("Set-Cookie", self.cookie).partition(";")[0]
        return status


def echo(request: Request) -> Reply:
    return as_json({"told": request.json()})


def fail(request: Request) -> Reply:
    raise RuntimeError("secret detail")


def mistake(request: Request) -> Reply:
    raise LeukcadError("a box too small", cure="draw a larger one")


@pytest.fixture
def server() -> Iterator[Server]:
    site = Site()
    site.route("GET", "/", lambda _: Reply(b"<p>page", "text/html; charset=utf-8"))
    site.route("PUT", "/echo", echo)
    site.route("GET", "/fail", fail)
    site.route("GET", "/mistake", mistake)
    site.route("GET", "/count", lambda request: as_json(request.number("n", 3, 1, 9)))
    site.file("/page.css", "leukcad.serving", "static/page.css")
    with Server(site) as running:
        yield running


@pytest.fixture
def browser(server: Server) -> Browser:
    """One that has opened the link."""
    opened = Browser(server)
    assert opened.open() == 200
    return opened


def test_the_link_opens_once_and_its_browser_goes_on_without_it(server: Server) -> None:
    first, second = Browser(server), Browser(server)
    assert first.open() == 200 and first.open("/") == 200
    assert second.open() == 403  # whoever reads the link in a log comes too late
    assert first.open() == 200  # but a reload of it is no stranger


def test_the_cookie_is_seen_by_no_script_and_sent_to_no_other_site(server: Server) -> None:
    browser = Browser(server)
    browser.open()
    told = browser.last["Set-Cookie"]
    assert "HttpOnly" in told and "SameSite=Strict" in told and str(server.port) in told
    assert server.url.rpartition("=")[2] not in told


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=wrong", "/?token=%C3%A4", "/page.css", "/echo", "/nowhere"])
def test_without_the_right_token_nothing_is_answered(server: Server, path: str) -> None:
    assert Browser(server).ask("GET", path)[0] == 403
    assert Browser(server, cookie=f"leukcad-{server.port}=wrong").ask("GET", path)[0] == 403
    assert Browser(server, cookie="=;;\x22").ask("GET", path)[0] == 403


def test_the_token_counts_only_in_the_address_of_the_page(server: Server) -> None:
    token = server.url.rpartition("=")[2]
    assert Browser(server).ask("GET", f"/page.css?token={token}")[0] == 403
    assert Browser(server).ask("PUT", f"/echo?token={token}", b"{}")[0] == 403
    assert Browser(server).open() == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:80", ""])
def test_another_host_is_refused_even_with_the_cookie(browser: Browser, host: str) -> None:
    assert browser.ask("GET", "/", Host=host or "x")[0] == 403


def test_the_name_localhost_is_ours_too(browser: Browser) -> None:
    assert browser.ask("GET", "/", Host=f"LocalHost:{browser.server.port}")[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_another_origin_is_refused_even_with_the_cookie(browser: Browser, origin: str) -> None:
    assert browser.ask("PUT", "/echo", b"{}", Origin=origin)[0] == 403
    assert browser.ask("GET", "/", Origin=origin)[0] == 403


def test_what_changes_something_must_name_its_origin(browser: Browser) -> None:
    assert browser.ask("PUT", "/echo", b"{}", Origin="")[0] == 403
    assert browser.ask("PUT", "/echo", b'{"a": 1}') == (200, b'{"told": {"a": 1}}')


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "::", "example.org", ""])
def test_only_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(LeukcadError, match=r"expected a loopback address.*ssh -L"):
        Server(Site(), host=host)


def test_a_port_that_is_taken_is_said(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(LeukcadError, match="another --port"):
        Server(Site(), port=taken.getsockname()[1])


def test_a_body_that_is_too_large_is_refused_before_it_is_read(browser: Browser) -> None:
    with socket.create_connection(("127.0.0.1", browser.server.port), timeout=60) as line:
        host = f"127.0.0.1:{browser.server.port}"
        head = f"PUT /echo HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {browser.cookie}\r\n"
        line.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n".encode())
        assert line.makefile("rb").readline().split()[1] == b"413"  # nothing of the body was sent


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "x"}, 411),
        ({"Transfer_Encoding": "chunked"}, 411),
        ({"Content_Type": "text/plain"}, 415),  # what another site's form could send
    ],
)
def test_a_body_without_length_or_of_another_kind_is_refused(
    browser: Browser, headers: dict[str, str], status: int
) -> None:
    assert browser.ask("PUT", "/echo", b"{}", **headers)[0] == status


@pytest.mark.parametrize("body", [b"", b"[]", b"NaN", b'{"a": NaN}', b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(browser: Browser, body: bytes) -> None:
    assert browser.ask("PUT", "/echo", body, Origin=f"http://127.0.0.1:{browser.server.port}")[0] == 400


@pytest.mark.parametrize(
    "path",
    [
        "/../../../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/page.css/../server.py",
        "/static/page.css",
        "//etc/passwd",
        "/page.css%00",
    ],
)
def test_no_path_leads_to_a_file_that_is_not_served(browser: Browser, path: str) -> None:
    assert browser.ask("GET", path)[0] == 404


def test_only_methods_of_a_route_are_answered(browser: Browser) -> None:
    assert browser.ask("GET", "/echo") == (405, b'{"error": "expected PUT"}')
    assert browser.ask("DELETE", "/echo")[0] == 501


def test_a_users_mistake_is_said_and_a_defect_is_not_shown(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    status, body = browser.ask("GET", "/mistake")
    assert (status, json.loads(body)["error"]) == (400, "a box too small; draw a larger one")
    status, body = browser.ask("GET", "/fail")
    assert status == 500 and b"secret" not in body and "secret detail" in caplog.text


def test_every_answer_forbids_foreign_scripts_frames_and_caches(browser: Browser) -> None:
    for path in ("/", "/page.css", "/nowhere"):
        browser.ask("GET", path)
        policy = browser.last["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
        assert browser.last["X-Content-Type-Options"] == "nosniff" and browser.last["Cache-Control"] == "no-store"
        assert browser.last["Server"] == "leukcad"


def test_numbers_in_an_address_are_bounded(browser: Browser) -> None:
    assert [browser.ask("GET", f"/count{n}")[0] for n in ("", "?n=9", "?n=10", "?n=-1", "?n=x")] == [
        200,
        200,
        400,
        400,
        400,
    ]


@given(st.text(max_size=40))
def test_no_address_makes_a_site_fail(path: str) -> None:
    site = Site()
    site.file("/page.css", "leukcad.serving", "static/page.css")
    if path != "/page.css":
        with pytest.raises(Refused, match="no such page"):
            site.answer(Request("GET", path))


@pytest.mark.parametrize("line", [b"GET\r\n\r\n", b"\x00\xff\r\n\r\n", b"GET http://[ HTTP/1.1\r\n\r\n", b"A" * 70_000])
def test_what_is_no_request_ends_the_connection_and_the_server_goes_on(browser: Browser, line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", browser.server.port), timeout=60) as raw:
        raw.sendall(line)
        raw.shutdown(socket.SHUT_WR)
        raw.makefile("rb").read()
    assert browser.ask("GET", "/")[0] == 200


@pytest.mark.parametrize("other", ['prefs={"theme":"dark"}', "flag", "na me=1", "a=b=c", ""])
def test_a_cookie_of_another_page_on_this_machine_locks_nobody_out(browser: Browser, other: str) -> None:
    browser.cookie = f"{other}; {browser.cookie}"
    assert browser.ask("GET", "/")[0] == 200
