"""Examples of a call: read in the forms of users, checked, and given to the engine."""
