"""Pictures in several forms, and runs that send them to a fake service."""

import io

import numpy as np
import pandas as pd
from PIL import Image

import jsdf
from jsdf.engines.hosted import uploads
from jsdf.images import open_picture, to_jpeg

LABELS = ["a", "b", "c"]


def picture(number, size=(40, 30)):
    """Pictures that differ from each other."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:, :, 0], pixels[:, :, 1] = number % 256, 255 - number % 256
    pixels[: 1 + number % size[1], :, 2] = 200
    return Image.fromarray(pixels)


def encoded(image, form="PNG", **more):
    file = io.BytesIO()
    image.save(file, form, **more)
    return file.getvalue()


def as_sent(content):
    return to_jpeg(open_picture(content, max_side=uploads.MAX_SIDE))


def run(service, values, labels=LABELS, **arguments):
    settings = {"rate": 1000, **arguments.pop("settings", {})}
    with service.serve() as server:
        engine = jsdf.Hosted("test-key", server.url, **settings)
        return jsdf.run(
            pd.Series(values, dtype=object), labels, kind="image", engine=engine, progress=False, **arguments
        )
