"""`python -m leukcad` is `leukcad`."""

from __future__ import annotations

from leukcad.cli import main

if __name__ == "__main__":
    main()
