"""Event loops on which operations run for synchronous and asynchronous callers."""
