"""Documents that need all of what the translators found: policies, routes, the baseline."""
