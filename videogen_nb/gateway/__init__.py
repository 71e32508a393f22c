"""The local gateway: an ASGI server that speaks the wires of the video services and renders clips itself.

Nothing is imported here, so that a worker process, whose module is in this package, starts fast.
`videogen_nb.gateway.app` has `Gateway`, the ASGI app, and `serve`, which serves it on a port.
"""
