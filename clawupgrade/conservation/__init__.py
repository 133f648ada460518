"""What an upgrade may not lose: rows of data, read before and after, and compared without a guess."""
