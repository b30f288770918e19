"""Pages of intake. Each file is one subject; what they show comes from the same rules as the API's answers."""
