"""What a model's answers are worth: claims, their evidence, scores and the result."""
