"""Assessment of a model's answers: claims, their evidence, scores and the result."""
