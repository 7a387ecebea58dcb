"""Who may ask: the browser that opened the link which the terminal shows, and nobody else."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping

from leukcad.serving.replies import Refused

FOREIGN = "this page is for the browser that opened the link which leukcad printed; start leukcad again for a new link"


class Guard:
    """Checks each request before anything else looks at it.

    Host: only this server's own names pass, so that a hostile domain which resolves to loopback (DNS rebinding) does
    not. Origin: another site's page is refused; what changes something must name ours. Token: the first GET that holds
    it gets a cookie, and is the only one: a link left in a history, a log or the list of processes opens nothing any
    more. A cookie, not a token in each request, so that pictures, reloads and new tabs work and no script of the page
    ever sees the secret (HttpOnly); it goes to no other site (SameSite=Strict).
    """

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self._session, self._spent, self._lock = secrets.token_urlsafe(32), False, threading.Lock()
        self._cookie = f"leukcad-{port}"  # browsers share cookies among the ports of a machine
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    def check_place(self, method: str, headers: Mapping[str, str]) -> None:
        """Raises `Refused` (403) for a Host or an Origin that is not this server's."""
        host, origin = headers.get("Host", ""), headers.get("Origin")
        if host.lower() not in self._hosts:
            raise Refused(403, "expected the address that leukcad printed, got another host")
        if origin is None and method not in ("GET", "HEAD"):
            raise Refused(403, "expected the origin of the request, got none")
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            raise Refused(403, "another site may not ask")

    def admit(self, headers: Mapping[str, str], token: str | None) -> dict[str, str]:
        """The headers that the reply needs: none for a known browser, a cookie for the first that holds the token.

        Raises `Refused` (403) for all others.
        """
        if secrets.compare_digest(self._given(headers).encode(), self._session.encode()):
            return {}
        with self._lock:
            right = token is not None and secrets.compare_digest(token.encode(), self.token.encode())
            if not right or self._spent:
                raise Refused(403, FOREIGN)
            self._spent = True
        return {"Set-Cookie": f"{self._cookie}={self._session}; Path=/; HttpOnly; SameSite=Strict"}

    def _given(self, headers: Mapping[str, str]) -> str:
        """Our cookie among those of other pages on this machine, of which a library's parser may make nothing."""
        pairs = (part.strip().partition("=") for part in headers.get("Cookie", "").split(";"))
        return next((value for name, _, value in pairs if name == self._cookie), "")
