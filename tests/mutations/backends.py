"""stub"""

BACKENDS = {}
