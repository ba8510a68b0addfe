"""Certify how many cheap labels agree with a paid engine: what to pay for, what to draw, when to stop."""
