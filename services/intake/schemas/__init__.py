"""HTTP payloads of intake, one file per concept."""
