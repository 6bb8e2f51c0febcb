"""Numbers as people write and say them: where they are, whether one may be shown, and how people ask for one.

The tables of all languages are read together: callers change the language in the midst of a call, and whoever says
his number in another one must not be shown either.
"""
