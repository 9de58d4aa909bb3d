"""The devices of the office: added, opened by their plugins, and asked where their streams are."""
