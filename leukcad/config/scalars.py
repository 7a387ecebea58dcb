"""Plain scalars as YAML 1.2's core schema reads them, and how values are written so that every reader agrees."""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((f"{sign}{word}" for sign in ("", "+") for word in (".inf", ".Inf", ".INF")), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
MAX_DIGITS = 400

# Words and numbers that a YAML 1.1 reader would not take as text.
_READ_ELSEWHERE = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null")
_BARE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+-]+)*")
_ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]')


def read_scalar(text: str) -> Scalar:
    """The value of an unquoted scalar: ``1e-3`` is a float, ``no`` text, ``010`` ten.

    Raises ValueError for a number out of range.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if len(text) > MAX_DIGITS:
        if _FLOAT.fullmatch(text) or _HEX.fullmatch(text) or _OCTAL.fullmatch(text):
            raise ValueError(f"a number of {len(text)} characters is too long")
        return text
    if _DECIMAL.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEX.fullmatch(text):
        return int(text[2:], 16)
    if not _FLOAT.fullmatch(text):
        return text
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text} is out of range (write .inf for infinity)")
    return number


def write_scalar(value: Scalar) -> str:
    """`value` on one line, quoted where a YAML 1.1 or 1.2 reader could take it for something else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _write_float(value)
    if _BARE.fullmatch(value) and not _READ_ELSEWHERE.fullmatch(value):
        return value
    return f'"{_ESCAPED.sub(_escape, value)}"'


def _write_float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    digits, exponent, power = repr(float(value)).partition("e")
    return (digits if "." in digits else f"{digits}.0") + exponent + power


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in '"\\':
        return "\\" + character
    if 0xD800 <= ord(character) <= 0xDFFF:
        raise ValueError("text with a lone surrogate cannot be written")
    return f"\\u{ord(character):04x}"
