"""What the interview platform stores: its tables, and how its documents are read."""
