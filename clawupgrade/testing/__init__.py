"""Shipped doubles: a machine in memory that objects to what a real one refuses, and faults to strike it."""
