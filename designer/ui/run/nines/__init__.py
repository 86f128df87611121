"""The panel of nines: how often services fail, why, and what one change would buy."""
