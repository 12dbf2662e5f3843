"""From the stored scorecard to the mail: PDF in a process of its own, message, mail server, and the worker."""
