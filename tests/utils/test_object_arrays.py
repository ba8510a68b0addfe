"""Objects are put into an array as they are, whatever they offer to NumPy."""

import io

import numpy as np
from image_files import quarters, saved
from PIL import Image

from jsdf.utils.object_arrays import to_object_array


def test_objects_are_not_looked_into():
    image, array = Image.open(io.BytesIO(saved(quarters()))), np.zeros((2, 3))
    values = [image, array, [1, 2], "a", None]
    made = to_object_array(values)
    assert (made.dtype, made.shape) == (object, (5,))
    assert all(a is b for a, b in zip(made, values, strict=True))
    assert vars(image).get("_im", vars(image).get("im")) is None
    assert to_object_array([]).shape == (0,)
