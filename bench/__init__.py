"""What the claims about speed stand on: Meedoen and a plain nameko pipeline, measured in turns on one machine."""
