"""Distribution: per recipient the papers that are its own, scanned, packed, signed if wanted, registered, and their receipts."""
