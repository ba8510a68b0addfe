"""Live view of a running call: progress bar, figures and the latest images."""
