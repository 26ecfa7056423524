"""The breakdown without a language model: rules over measurable signals."""
