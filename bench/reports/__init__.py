"""Speed and memory of the reports."""
