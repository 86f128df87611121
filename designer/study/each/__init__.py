"""Fail each in turn: which failures a design holds, how much more fits, what a change risks, what one failure hits."""
