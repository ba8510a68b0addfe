"""Judgement of labels: figures against a truth, shares with intervals, agreement, and the effect of neighbours."""
