"""Devices: their names, what they can do, what happens where a kernel is missing."""
