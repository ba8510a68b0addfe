"""Judgement of labels: figures against a truth, and shares of a column with intervals."""
