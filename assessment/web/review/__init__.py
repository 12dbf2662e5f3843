"""The consultants' workplace: one module a blueprint, every route with the role it needs."""
