"""A look at a JPEG's bytes for damage that decoders pass over."""

from __future__ import annotations

ZEROS = bytes(512)

_SOF = {0xC0, 0xC1}
_OTHER_SOF = {0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_SOS, _DHT, _EOI = 0xDA, 0xC4, b"\xff\xd9"


def zeroed_at(data: bytes) -> int | None:
    """Where 512 zero bytes stand in the pixel data of a sequential JPEG, or None.

    A lost disk sector or packet leaves such a run, and decoders fill it with false pixels without a word. Entropy-coded
    data holds none, unless zero bits mean "end of block" in all tables (as those made for a nearly uniform image do) or
    the image is progressive: those are not judged.
    """
    start = _pixels_start(data)
    if start is None:
        return None
    end = data.find(_EOI, start)
    found = data.find(ZEROS, start, end if end >= 0 else len(data))
    return found if found >= 0 else None


def _pixels_start(data: bytes) -> int | None:
    """Where the first scan's data begins, or None where zeros there would prove nothing."""
    at, components, first_symbols = 2, -1, set()
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        at += 2 + length
        if marker in _OTHER_SOF:
            return None
        if marker in _SOF:
            components = int.from_bytes(body[5:6], "big")
        elif marker == _DHT:
            first_symbols |= _zero_symbols(body)
        elif marker == _SOS:
            interleaved = body[:1] == bytes([max(components, 0)])
            return at if interleaved and first_symbols - {0} else None
    return None


def _zero_symbols(tables: bytes) -> set[int]:
    """What the code of zero bits means in each AC table; 0 is the end of a block."""
    symbols = set()
    at = 0
    while at + 17 < len(tables):
        if tables[at] >> 4 == 1:
            symbols.add(tables[at + 17])
        at += 17 + sum(tables[at + 1 : at + 17])
    return symbols
