"""The language model: prompts, protocol and the one client that knows OpenAI."""
