"""Files to trusted statistics: forms, readers, checks, corrections and findings."""
