"""Plugins in: found, loaded apart from each other, supervised; a failing one costs itself only.

docs/design/plugins.md has the decisions and their reasons.
"""
