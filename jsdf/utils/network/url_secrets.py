"""URLs without what they hold of secrets."""

from __future__ import annotations

import re


def mask_credentials(url: str) -> str:
    """Return a URL with asterisks in place of user and password."""
    return re.sub(r"^([^/]*://)?.*@", r"\1***@", url, flags=re.DOTALL)


def hide_secrets(url: str) -> str:
    """Return a URL with asterisks in place of user and password, and without query and fragment."""
    return re.split(r"[?#]", mask_credentials(url))[0]
