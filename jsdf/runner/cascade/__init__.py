"""Run a cascade: label by the cheap engine, sample, certify, and pay for the rest."""
