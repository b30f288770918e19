"""What comes in from outside, as far as it is not in `service.py`."""
