"""What libraries should know and how it reaches them, as rules without a database or a network."""
