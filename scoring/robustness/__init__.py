"""How sure a ranking is: the evaluation repeated under every defensible choice and with the errors of the data."""
