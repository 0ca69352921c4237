"""The commands: where the other rooms are put together, as a pytest plugin and as a console script."""
