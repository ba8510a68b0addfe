"""Entry points for users: plain functions and pandas accessors, and the checks of their arguments."""
