"""Signing in, second factors, one's own account, and the firm's people."""
