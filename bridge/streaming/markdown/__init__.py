"""Cuts Markdown into chunks: an answer that is longer than one message, and one that still grows.

A chunk is whole Markdown by itself: what is open at a cut is closed there and opened again behind it. Nothing else is
added or lost but white space.
"""

from bridge.streaming.markdown.closing import closed, without_half_table
from bridge.streaming.markdown.continuation_mark import going_on
from bridge.streaming.markdown.cutting import Measure, cut, split

__all__ = ["Measure", "closed", "cut", "going_on", "split", "without_half_table"]
