"""Checks of the API descriptions by their official programs: Spectral for OpenAPI, the AsyncAPI parser for events."""
