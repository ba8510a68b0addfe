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
MAX_BODIES = 160_000_000
#: Bytes of a body that is parsed on the event loop, in some milliseconds; larger ones are parsed in a thread.
MAX_INLINE_BODY = 100_000
#: JSON values of a body, 217 of which a full request needs; their depth; and the characters of a number.
MAX_VALUES, MAX_DEPTH, MAX_DIGITS = 5_000, 16, 4_300
#: Requests that wait to be parsed in the thread.
MAX_WAITING_BODIES = 64
#: Bytes of a file (as documented by the service), of the options in an upload form, and of all files; number of files.
MAX_FILE, MAX_OPTIONS, MAX_FILES, MAX_FILE_COUNT = 100_000_000, 16_384, 1_000_000_000, 10_000
#: Bytes of all stored images that one request refers to.
MAX_IMAGE_BYTES = 64_000_000
#: Work for the text model in units of one short text, about 2 ms of a core: characters of a unit, characters of a text
#: that are read (256 tokens), and texts that are embedded for one new label.
UNIT_CHARS, READ_CHARS, TEXTS_PER_LABEL = 60, 2_000, 5
#: Units of work at the same time, enough to keep the model busy, and those of one client; and units that may wait.
MAX_ACTIVE_UNITS, MAX_CLIENT_UNITS, MAX_WAITING_UNITS = 1_024, 768, 8_192
#: Units of a request from which on it counts as a long one; long requests at the same time, in all and of one client;
#: and those that may wait.
MIN_LONG_UNITS, MAX_LONG_REQUESTS, MAX_CLIENT_LONG_REQUESTS, MAX_WAITING_LONG_REQUESTS = 320, 3, 2, 64
#: Requests with images that are processed at the same time, in all and of one client; and that may wait.
MAX_IMAGE_REQUESTS, MAX_CLIENT_IMAGE_REQUESTS, MAX_WAITING_IMAGE_REQUESTS = 4, 3, 64
#: Images that are downloaded or decoded at the same time, in all and of one client; and that may wait, more than all of
#: the requests above can have.
MAX_IMAGES_READ, MAX_CLIENT_IMAGES_READ, MAX_WAITING_IMAGES = 24, 16, 1_000

#: Characters of the key of a file.
MAX_FILE_KEY = 512
#: Lifetime of a temporary URL; the service promises ten minutes.
URL_LIFETIME_SECONDS = 3_600.0

#: Parts of an upload form, two of which are used, and headers of a part.
MAX_FORM_PARTS, MAX_PART_HEADERS = 20, 20

#: Open connections, in all and of one network.
MAX_CONNECTIONS, MAX_NETWORK_CONNECTIONS = 500, 250
#: Seconds in which a request must have arrived completely, and in which a client must have read what was sent to it.
REQUEST_TIMEOUT, WRITE_TIMEOUT = 120.0, 20.0
#: Requests that a client may send before the response to the one before has been sent.
MAX_PIPELINED = 8
#: Lines of a request's head, and options in the query of its URL.
MAX_HEAD_LINES, MAX_QUERY_OPTIONS = 200, 50
#: Chunks of a body in chunked encoding, and bytes of the body for each further chunk.
MAX_SMALL_CHUNKS, MIN_CHUNK_BYTES = 2_000, 256
#: Seconds that requests in flight have to finish when the server is stopped. Containers are given 10 in all.
SHUTDOWN_SECONDS = 8
#: Bytes of an oversize body that are read and discarded, so that its sender gets to read the error response.
MAX_DRAINED_BYTES = 64_000_000
