"""The command line: one module for each command, and the only place for streams and exit statuses.

Nothing is imported here, because the KRM function writes its answer with ``streams``
and must not wait for click.
"""
