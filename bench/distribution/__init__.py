"""What distribution costs: time per recipient and memory over thousands of recipients."""
