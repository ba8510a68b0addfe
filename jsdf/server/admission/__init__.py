"""Admission of requests by client: rate limit, queues and memory, so that none of them is used up by one client."""
