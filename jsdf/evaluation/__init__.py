"""How good labels are: agreement between engines, label sets and tasks, and the effect of neighbours in a request."""
