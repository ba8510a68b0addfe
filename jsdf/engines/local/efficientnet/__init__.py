"""The built-in reader of pictures: EfficientNet-Lite0, and what WordNet says of the classes it knows."""
