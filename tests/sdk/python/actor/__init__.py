"""The Python SDK in the hands of a test: see `__main__.py`."""
