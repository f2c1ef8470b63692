"""RE2 patterns: what they accept, and which Istio patterns accept the same.

Everything is decided on automata over the characters that can occur in a path or a
header value, because AuthorizationPolicy has no regular expressions and a near miss
opens or closes a door.  Importing the package does nothing; its modules are imported
where a document holds a regex.

Source: https://github.com/google/re2/wiki/Syntax
"""
