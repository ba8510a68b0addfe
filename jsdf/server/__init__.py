"""`jsdf serve`: the local engine behind the service's API. Importing this package does not import FastAPI."""
