"""What every second plugin would write again: rules for addresses and sizes, frozen with the door.

Nothing is imported here: a plugin takes the module it needs.
"""
