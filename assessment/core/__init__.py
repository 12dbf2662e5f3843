"""The pure core: values in, values out; imports no framework, file, clock or network."""
