"""JigsawStack's own clients, from PyPI and from npm, work with `jsdf serve`."""

import asyncio
import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import sdk_cases
from sdk_cases import ANSWERED, HOTDOG, REFUSED, check_answer

jigsawstack = pytest.importorskip("jigsawstack")

NPM = "jigsawstack@0.4.2"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")


class Sync:
    """The synchronous SDK."""

    def __init__(self, url):
        self._client = jigsawstack.JigsawStack(api_key="any", base_url=url)

    def classify(self, params):
        return self._client.classification(params)

    def store(self, verb, *arguments):
        return getattr(self._client.store, verb)(*arguments)


class Async:
    """The asynchronous SDK."""

    def __init__(self, url):
        self._client = jigsawstack.AsyncJigsawStack(api_key="any", base_url=url)

    def classify(self, params):
        return asyncio.run(self._client.classification(params))

    def store(self, verb, *arguments):
        return asyncio.run(getattr(self._client.store, verb)(*arguments))


@pytest.fixture(params=[Sync, Async])
def sdk(request, server):
    return request.param(server.url)


@pytest.mark.parametrize("name", ANSWERED)
def test_python_is_answered(sdk, name):
    check_answer(name, sdk.classify(ANSWERED[name][0]))


@pytest.mark.parametrize("name", REFUSED)
def test_python_gets_the_reason_of_an_error(sdk, name):
    params, field = REFUSED[name]
    with pytest.raises(jigsawstack.JigsawStackError) as caught:
        sdk.classify(params)
    assert caught.value.code == 422
    assert caught.value.message.startswith(field)


def test_python_stores_files(sdk):
    options = {"key": "test-file.txt", "content_type": "text/plain", "overwrite": True, "temp_public_url": True}
    uploaded = sdk.store("upload", b"This is a test file content", options)
    assert (uploaded["success"], uploaded["key"], uploaded["size"]) == (True, "test-file.txt", 27)
    assert uploaded["temp_public_url"].startswith("http://127.0.0.1:")
    assert sdk.store("get", "test-file.txt") == b"This is a test file content"
    assert sdk.store("upload", b"without options")["success"] is True
    with pytest.raises(jigsawstack.JigsawStackError, match="overwrite=true"):
        sdk.store("upload", b"another", {"key": "test-file.txt", "overwrite": False})
    assert sdk.store("delete", "test-file.txt") == {"success": True}
    with pytest.raises(jigsawstack.JigsawStackError) as caught:
        sdk.store("delete", "test-file.txt")
    assert caught.value.code == 404


def upload_images(sdk):
    """Upload two images and return samples with their temporary URLs."""
    options = {"content_type": "image/jpeg", "temp_public_url": True}
    uploads = [sdk.store("upload", picture, options) for picture in sdk_cases.pictures()]
    return [{"type": "image", "value": upload["temp_public_url"]} for upload in uploads]


def test_python_runs_the_seeds_example(sdk):
    assert sdk.classify({"dataset": upload_images(sdk), "labels": HOTDOG})["predictions"] == ["hotdog", "not a hotdog"]


def test_python_uses_example_images(sdk):
    hotdog, sea = upload_images(sdk)
    labels = [hotdog | {"key": "food"}, {"type": "text", "value": "food", "key": "food"}, sea | {"key": "water"}]
    assert sdk.classify({"dataset": [sea, hotdog], "labels": labels})["predictions"] == ["water", "food"]
    inline = f"data:image/jpeg;base64,{base64.b64encode(sdk_cases.pictures()[1]).decode()}"
    sample = {"type": "image", "value": inline}
    assert sdk.classify({"dataset": [sample], "labels": labels, "multiple_labels": True})["predictions"] == [["water"]]


def test_the_environment_names_the_server(server, monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "any")
    for url in (server.url, f"{server.url}/"):
        monkeypatch.setenv("JIGSAWSTACK_API_URL", url)
        check_answer("single", jigsawstack.JigsawStack().classification(ANSWERED["single"][0]))


@pytest.fixture(scope="module")
def npm(server, tmp_path_factory):
    """The results of all cases with the npm package, whose installation takes some seconds."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("npm")
    install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), NPM]
    installed = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if installed.returncode:
        pytest.skip(f"npm cannot install {NPM}: {installed.stderr.strip()[-200:]}")
    script = shutil.copy(Path(sdk_cases.__file__).with_name("sdk_cases.mjs"), folder)
    script_input = {
        "baseURL": server.url,
        "cases": {name: case for name, (case, _) in [*ANSWERED.items(), *REFUSED.items()]},
        "pictures": [base64.b64encode(picture).decode() for picture in sdk_cases.pictures()],
        "labels": HOTDOG,
    }
    ran = subprocess.run(["node", script], input=json.dumps(script_input), capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_npm_is_answered(npm):
    for name in ANSWERED:
        check_answer(name, npm["cases"][name]["result"])


def test_npm_gets_the_reason_of_an_error(npm):
    for name, (_, field) in REFUSED.items():
        error = npm["cases"][name]["error"]
        assert error["success"] is False
        assert error["message"].startswith(field)


def test_npm_stores_files(npm):
    assert npm["upload"]["result"].keys() == {"success", "key", "url", "size", "temp_public_url"}
    assert npm["upload"]["result"]["key"] == "npm.txt"
    assert npm["plain"]["result"]["size"] == 27
    assert npm["retrieve"]["result"] == "This is a test file content"
    assert npm["remove"]["result"] == {"success": True}
    assert "no file with the key 'npm.txt'" in npm["gone"]["error"]["message"]


def test_npm_runs_the_seeds_example(npm):
    assert npm["seed"]["result"]["predictions"] == ["hotdog", "not a hotdog"]
