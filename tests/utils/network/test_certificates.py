"""A file or folder of certificates that cannot be used is named, with the reason; the others are trusted."""

import os
import ssl

import pytest
from local_network import AUTHORITY

from jsdf.errors import InvalidInputError
from jsdf.utils.network.certificates import check_certificates, tls_context, trust_source


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "page.pem").write_text("<html>not here</html>")
    (tmp_path / "binary.der").write_bytes(ssl.PEM_cert_to_DER_cert(AUTHORITY.read_text()))
    (tmp_path / "cut.pem").write_text(AUTHORITY.read_text()[:100])
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "company.pem").write_bytes(AUTHORITY.read_bytes())
    return tmp_path


FILES = {
    "missing.pem": "there is no such file",
    "folder": "it is a folder; ",
    **dict.fromkeys(["empty.pem", "page.pem", "binary.der", "cut.pem"], "it holds no certificate in PEM format"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_wrong_file_in_the_environment_is_named(name, paths, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(paths / name))
    for use in (tls_context, check_certificates):
        with pytest.raises(InvalidInputError) as caught:
            use()
        assert str(caught.value).startswith(f"SSL_CERT_FILE='{paths / name}': {FILES[name]}")


FOLDERS = {
    "missing": "there is no such folder",
    "page.pem": "there is no such folder",
    "folder": "its certificates are not named by their hash; run `openssl rehash`",
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_wrong_folder_in_the_environment_is_named(name, paths, monkeypatch):
    monkeypatch.setenv("SSL_CERT_DIR", str(paths / name))
    with pytest.raises(InvalidInputError) as caught:
        check_certificates()
    assert str(caught.value).startswith(f"SSL_CERT_DIR='{paths / name}': {FOLDERS[name]}")


@pytest.mark.parametrize("name", [*FILES, "missing"])
def test_a_wrong_path_in_an_argument_is_named(name, paths):
    with pytest.raises(InvalidInputError, match=f"^verify='{paths / name}': "):
        tls_context(str(paths / name))


def names(context):
    return [dict(part[0] for part in found["subject"]) for found in context.get_ca_certs()]


def test_the_trusted_certificates_are_those_of_the_file(monkeypatch):
    expected = [{"commonName": "jsdf test authority"}]
    assert names(tls_context(str(AUTHORITY))) == expected
    assert len(names(tls_context())) > 20  # the public authorities
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")  # the file has precedence
    assert names(tls_context()) == expected
    assert trust_source(True) == "SSL_CERT_FILE"


def test_a_folder_with_hashed_names_can_be_used(paths, monkeypatch):
    (paths / "folder" / "35d31c87.0").write_bytes(AUTHORITY.read_bytes())
    assert tls_context(str(paths / "folder")).verify_mode == ssl.CERT_REQUIRED
    monkeypatch.setenv("SSL_CERT_DIR", f"/nowhere{os.pathsep}{paths / 'folder'}")
    check_certificates()


def test_a_context_is_used_as_it_is_and_false_trusts_all():
    context = ssl.create_default_context()
    assert tls_context(context) is context
    unchecked = tls_context(False)
    assert (unchecked.verify_mode, unchecked.check_hostname) == (ssl.CERT_NONE, False)


@pytest.mark.parametrize("trusted", ["", str(AUTHORITY)])
def test_a_key_log_that_cannot_be_written_is_named(trusted, monkeypatch, tmp_path):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "nowhere" / "keys"))
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    with pytest.raises(InvalidInputError, match=r"^SSLKEYLOGFILE='.*': the file cannot be written: No such file"):
        check_certificates()
