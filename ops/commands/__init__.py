"""The commands, one group a file. Each file's `add_to` or `app` is joined together in ops/main.py."""
