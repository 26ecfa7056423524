"""The versions of a breakdown: appended, reviewed, shown and compared."""
