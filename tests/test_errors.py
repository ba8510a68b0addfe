"""Messages of errors."""

import pickle

import pytest

import jsdf


@pytest.mark.parametrize(
    ("message", "status", "shown"),
    [("no credit", 402, "HTTP 402: no credit"), ("", 400, "HTTP 400"), ("no host", None, "no host"), ("", None, "")],
)
@pytest.mark.parametrize("kind", [jsdf.APIError, jsdf.AuthenticationError, jsdf.RateLimitError, jsdf.TransientError])
def test_the_message_follows_the_status_if_there_is_one(kind, message, status, shown):
    error = kind(message, status=status)
    assert str(error) == shown
    assert str(pickle.loads(pickle.dumps(error))) == shown
