"""Files that are too large for memory: checked, labelled and written part by part."""
