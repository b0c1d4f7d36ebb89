"""Extraction: brings what changed in a source system into landing."""
