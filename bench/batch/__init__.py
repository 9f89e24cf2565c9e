"""The yearly batch over many parks and years without enterprise data: what each stage costs."""
