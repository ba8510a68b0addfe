"""Files that say what labels mean: their names and descriptions, and examples of them."""
