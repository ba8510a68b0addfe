"""Fixture of image files."""

import pytest
from hosted_pictures import encoded, picture


@pytest.fixture
def photos(tmp_path):
    paths = [tmp_path / f"photo {i}.png" for i in range(70)]
    for i, path in enumerate(paths):
        path.write_bytes(encoded(picture(i)))
    return paths
