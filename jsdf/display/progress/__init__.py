"""The live view of a running call: a bar, figures and the latest pictures."""
