"""TLS contexts for trusted certificates, with a clear error for a file or folder that cannot be used."""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path

import httpx

from jsdf.errors import InvalidInputError

_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_KEY_LOG = "SSLKEYLOGFILE"
#: OpenSSL finds the certificates of a folder by such names, which `openssl rehash` makes.
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.\d+")


def tls_context(verify: bool | str | ssl.SSLContext = True) -> ssl.SSLContext:
    """Return a TLS context.

    Args:
        verify: True trusts the certificates in `SSL_CERT_FILE` or `SSL_CERT_DIR`, and the public authorities if
            neither is set; a path trusts those of a file or folder; False trusts every server.

    Raises:
        InvalidInputError: The file or folder cannot be used; the message names the variable or argument.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify
    if verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
    name = trust_source(verify)
    path = verify if isinstance(verify, str) else os.environ.get(name, "")
    problem = _problem(name, path) if name else None
    if problem is not None:
        raise InvalidInputError(f"{name}={path!r}: {problem}")
    try:
        if not name:
            return httpx.create_ssl_context(trust_env=False)
        is_folder = _is_folder_list(name, path)
        return ssl.create_default_context(cafile=None if is_folder else path, capath=path if is_folder else None)
    except OSError as error:
        reason, key_log = error.strerror or str(error), os.environ.get(_KEY_LOG)
        is_key_log = bool(key_log) and error.filename == key_log
    if is_key_log:
        raise InvalidInputError(f"{_KEY_LOG}={key_log!r}: the file cannot be written: {reason}")
    raise InvalidInputError(f"{name or 'the built-in list of certificates'}: cannot be loaded: {reason}")


def check_certificates(verify: bool | str | ssl.SSLContext = True) -> None:
    """Raise the error that `tls_context` would raise; quick if neither argument nor environment names anything.

    Raises:
        InvalidInputError: A file or folder cannot be used.
    """
    if isinstance(verify, str) or (verify is True and any(map(os.environ.get, (*_VARIABLES, _KEY_LOG)))):
        tls_context(verify)


def trust_source(verify: bool | str | ssl.SSLContext) -> str:
    """Return the name of the setting that says which certificates are trusted; "" for the public authorities."""
    if verify is True:
        return next(filter(os.environ.get, _VARIABLES), "")
    return "verify" if isinstance(verify, str) else ""


def _is_folder_list(name: str, path: str) -> bool:
    return name == "SSL_CERT_DIR" or (name == "verify" and Path(path).is_dir())


def _problem(name: str, path: str) -> str | None:
    if _is_folder_list(name, path):
        return _folder_problem(path.split(os.pathsep) if name == "SSL_CERT_DIR" else [path])
    if not Path(path).exists():
        unset = "" if name == "verify" else ", or unset it"
        return f"there is no such file; name a file with certificates in PEM format{unset}"
    if Path(path).is_dir():
        return "it is a folder; name a file with certificates in PEM format, or use SSL_CERT_DIR"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return "it holds no certificate in PEM format (text that begins with -----BEGIN CERTIFICATE-----)"
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    return None


def _folder_problem(paths: list[str]) -> str | None:
    folders = [Path(path) for path in paths if Path(path).is_dir()]
    if not folders:
        return "there is no such folder; name a folder with certificates, or use SSL_CERT_FILE for a file"
    try:
        names = [name for folder in folders for name in os.listdir(folder)]  # noqa: PTH208 - names alone
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    if not any(map(_HASHED_NAME.fullmatch, names)):
        return "its certificates are not named by their hash; run `openssl rehash` on it, or name a file instead"
    return None
