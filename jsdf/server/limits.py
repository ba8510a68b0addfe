"""How much one client may ask for, in one place, so that the checks and the OpenAPI document agree."""

from __future__ import annotations

#: Of the contract: samples and labels of one request.
MAX_SAMPLES, MIN_LABELS, MAX_LABELS = 32, 2, 24
#: Characters. The built-in model reads the first 20 000 of a text.
MAX_TEXT, MAX_LABEL, MAX_KEY, MAX_TASK, MAX_ADDRESS = 100_000, 2_000, 200, 10_000, 8_192
#: Of a number that is a label's key: what every JSON reader takes for the same whole number.
MAX_NUMBER = 2**53 - 1

#: Bytes of a classification request; 32 pictures of 1024 pixels as `data:` URIs take about 10 MB.
MAX_BODY = 16_000_000
#: Bytes of all requests that are being read or answered.
MAX_BODIES = 256_000_000
#: Bytes of a file, as the service says; of the options that come beside it; of all files; and how many files.
MAX_FILE, MAX_OPTIONS, MAX_FILES, MAX_COUNT = 100_000_000, 16_384, 1_000_000_000, 10_000
#: Bytes of stored pictures that one request may name.
MAX_PICTURES = 64_000_000
#: Samples that may wait for the model, some tens of seconds of its work; beyond it 503.
MAX_WAITING = 2_048
#: Requests with pictures that are worked on at once.
PICTURE_REQUESTS = 8

#: Characters of a file's key.
MAX_FILE_KEY = 512
#: Seconds for which a temporary address is good; the service promises ten minutes.
URL_LIFETIME = 3_600.0

#: Connections, and seconds that a request may take to arrive as a whole.
MAX_CONNECTIONS, REQUEST_TIMEOUT = 500, 120.0
#: Seconds for requests in flight to end when the server is stopped.
SHUTDOWN_SECONDS = 20
#: Bytes of an oversize body that are read and thrown away, so that its sender hears why it is refused.
MAX_DRAINED_BYTES = 64_000_000
