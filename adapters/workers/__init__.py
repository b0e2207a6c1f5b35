"""Loops that run beside the web: draining intake, delivering, watching the clocks."""
