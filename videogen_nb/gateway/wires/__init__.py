"""One module for each wire; it turns requests into render plans and jobs into responses."""
