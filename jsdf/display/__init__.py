"""Display of progress, galleries and reviews in notebooks and terminals."""
