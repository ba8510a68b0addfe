"""Label a pandas column of texts or images, hosted or offline."""
