"""The breakdown without a language model: rules over what can be measured."""
