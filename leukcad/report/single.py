"""A page and all that lies beside it in one file, to be sent by mail."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from urllib.parse import unquote

from leukcad.errors import LeukcadError
from leukcad.files import atomic_write

SINGLE = "single-file.html"
LARGE = 15_000_000  # bytes: beyond it mail and browsers grow slow
TYPES = {".webp": "image/webp", ".jpg": "image/jpeg", ".png": "image/png", ".csv": "text/csv"}
PICTURE = re.compile(r'(?<=")\./pictures/[^"\s<>&\\]+(?=")')  # what a command says of ./pictures/ is text
CHART = re.compile(r' src="([\w-]+\.(?:png|jpg|webp))"')  # beside the page itself, and shown once
DOWNLOAD = re.compile(r'href="([\w-]+\.csv)" download')
PLOTLY = "plotly.min.js"
POLICY = re.compile(r"script-src '(sha256-[^']+)' 'self' file:")


def single_file(page: Path) -> Path:
    """Write page, pictures, tables and plotly.js as one file beside `page`; returns its path.

    Each picture stands in it once, as base64. Links to other pages are hidden in it. Raises LeukcadError where
    something that the page shows is missing, or the file cannot be written.
    """
    text = page.read_text(encoding="utf-8")
    pictures = {address: _embedded(page, address) for address in dict.fromkeys(PICTURE.findall(text))}
    text = re.sub(r' src="(\./pictures/[^"]+)"', r' data-src="\1"', text)
    text = CHART.sub(lambda found: f' src="{_embedded(page, found[1])}"', text)
    text = DOWNLOAD.sub(lambda found: f'href="{_embedded(page, found[1])}" download="{found[1]}"', text)
    code = _read(page.parent / PLOTLY).decode("utf-8") if (page.parent / PLOTLY).is_file() else ""
    text = POLICY.sub(lambda found: f"script-src '{found[1]}'" + (f" '{_hash(code)}'" if code else ""), text)
    store = json.dumps(pictures).replace("<", "\\u003c")
    text = text.replace('<html lang="en">', '<html lang="en" class="single">', 1)
    stored = f'<script type="application/json" id="embedded">{store}</script>'
    stored += f'\n<script type="text/plain" id="plotly-code">{code}</script>' if code else ""
    text = text.replace("</main>", f"</main>\n{stored}", 1)
    path = page.with_name(SINGLE)
    atomic_write(path, text)
    return path


def _embedded(page: Path, address: str) -> str:
    """What lies at a relative address, as a data address."""
    path = (page.parent / unquote(address.removeprefix("./"))).resolve()
    if not path.is_relative_to(page.parent.resolve()):
        raise LeukcadError(f"{address}: expected a file beside the page, got one elsewhere")
    kind = TYPES.get(path.suffix, "application/octet-stream")
    return f"data:{kind};base64,{base64.b64encode(_read(path)).decode()}"


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise LeukcadError(f"{path}: the page shows it, and it is not there", cure="make the report again")
    return path.read_bytes()


def _hash(code: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
