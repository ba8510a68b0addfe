"""What users call: plain functions and pandas accessors, and the checks of their arguments."""
