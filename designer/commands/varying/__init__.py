"""What a sweep may vary in a design: fields of a kind by rule, and how many of a kind there are."""
