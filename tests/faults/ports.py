"""Ports that stay ours from the moment they are chosen, also while nobody listens there."""

import socket


def reserved_port() -> socket.socket:
    """A socket bound to a free local port, which nobody is given by chance while it is open.

    It does not listen, so that those we start may; until they do, or after they were killed, who connects is refused.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved
