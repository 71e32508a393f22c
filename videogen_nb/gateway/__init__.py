"""A gateway of our own: an ASGI server that speaks the wires of the video services and renders locally.

Nothing is imported here, so that a worker process, which lives inside this package, starts fast.
`videogen_nb.gateway.app` has `Gateway` (the ASGI app) and `serve` (the same on a port).
"""
