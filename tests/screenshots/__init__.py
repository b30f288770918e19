"""The pictures of the how-to pages, made again by one command: `make screenshots`."""
