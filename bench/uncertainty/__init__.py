"""How fast thousands of draws are, against a plain loop."""
