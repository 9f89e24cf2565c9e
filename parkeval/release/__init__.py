"""What may be given out: figures that let nobody infer a single enterprise's data, written apart from the internal results."""
