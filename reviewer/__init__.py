"""Splits the email you are about to send to everybody into one group message and direct messages, checked."""

__version__ = "0.1.0"
