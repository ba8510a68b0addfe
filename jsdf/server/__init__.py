"""`jsdf serve`: the local engine behind the service's own contract. Importing this brings no framework."""
