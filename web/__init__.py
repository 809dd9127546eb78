"""The outermost layer: settings, assembly, live delivery, command line, and the pages."""
