"""Devices of brands on loopback: what they answer over HTTP and UDP before simulated cameras."""
