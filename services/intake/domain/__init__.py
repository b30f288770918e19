"""The facts and rules of intake: pure, in library words, one file per concept."""
