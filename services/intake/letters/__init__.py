"""The letter for who was referred: who has your data, why, how long, your rights. One text file per language."""
