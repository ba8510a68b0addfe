"""The built-in image model: EfficientNet-Lite0, and WordNet's hierarchy above its thousand classes."""
