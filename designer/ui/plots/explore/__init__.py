"""One quantity of a run at large: lines, heat map, stack, histogram and shares; spans, statistics and exports."""
