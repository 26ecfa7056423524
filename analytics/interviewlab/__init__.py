"""The interview platform's tables and documents."""
