"""The one class of errors that a user is shown without a traceback."""

from __future__ import annotations


class LeukcadError(Exception):
    """A mistake that its reader can mend: what was expected, what came, and the cure.

    The command line prints it as one line and exits with 2.
    """

    def __init__(self, message: str, *, cure: str | None = None) -> None:
        super().__init__(f"{message}; {cure}" if cure else message)
        self.message = message
        self.cure = cure


class TypeMismatch(LeukcadError):
    """Something that flows through a pipeline does not have the shape, type or range that its type promises."""


class PluginError(LeukcadError):
    """A plugin could not be loaded, broke the contract of its stage, or raised; the message names it."""
