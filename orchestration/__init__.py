"""Leadhouse's orchestration: what arrives, what runs, what is published and what is sent."""
