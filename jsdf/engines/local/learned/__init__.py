"""Teach the local engine: a linear classifier that corrects its zero-shot scores, learnt from labelled samples."""
