"""Models side by side: their figures, and which layers make the difference."""
