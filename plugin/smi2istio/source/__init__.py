"""Typed models of what comes in, and their parsers; one module for each API group."""
