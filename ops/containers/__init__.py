"""Proves an installation in containers: `python -m ops.containers` is `make compose-check`.

It builds the images, starts the profile `demo` with fresh secrets as a project of its own, pushes the partners' files
through the gateway while containers are restarted and killed, audits, and takes everything down.
"""
