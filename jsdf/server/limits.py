"""Limits of the server, shared by the validation and the OpenAPI document."""

from __future__ import annotations

#: Samples and labels of one request, by the service's API.
MAX_SAMPLES, MIN_LABELS, MAX_LABELS = 32, 2, 24
#: Characters of a text, label, label key, task and URL. The built-in model reads the first 20,000 of a text.
MAX_TEXT, MAX_LABEL, MAX_KEY, MAX_TASK, MAX_URL = 100_000, 2_000, 200, 10_000, 8_192
#: Absolute value of a number that is the key of a label: larger integers are not exact in every JSON parser.
MAX_NUMBER = 2**53 - 1

#: Bytes of a classification request; 32 images of 1024 pixels as `data:` URIs take about 10 MB.
MAX_BODY = 16_000_000
#: Bytes of all requests that are being read or answered at the same time.
MAX_BODIES = 256_000_000
#: Bytes of a file (as documented by the service), of the options in an upload form, and of all files; number of files.
MAX_FILE, MAX_OPTIONS, MAX_FILES, MAX_FILE_COUNT = 100_000_000, 16_384, 1_000_000_000, 10_000
#: Bytes of all stored images that one request refers to.
MAX_IMAGE_BYTES = 64_000_000
#: Samples that may wait for the model, some tens of seconds of its work; more get a 503.
MAX_WAITING_SAMPLES = 2_048
#: Requests with images that are processed at the same time.
MAX_IMAGE_REQUESTS = 8

#: Characters of the key of a file.
MAX_FILE_KEY = 512
#: Lifetime of a temporary URL; the service promises ten minutes.
URL_LIFETIME_SECONDS = 3_600.0

#: Open connections, and seconds in which a request must have arrived completely.
MAX_CONNECTIONS, REQUEST_TIMEOUT = 500, 120.0
#: Seconds that requests in flight have to finish when the server is stopped.
SHUTDOWN_SECONDS = 20
#: Bytes of an oversize body that are read and discarded, so that its sender gets to read the error response.
MAX_DRAINED_BYTES = 64_000_000
