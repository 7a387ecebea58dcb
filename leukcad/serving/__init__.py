"""A small server for pages of this machine's own user: on loopback only, behind a token, saying no to strangers."""

from leukcad.serving.replies import Refused, Reply, as_json
from leukcad.serving.server import Server
from leukcad.serving.site import Request, Site

__all__ = ["Refused", "Reply", "Request", "Server", "Site", "as_json"]
