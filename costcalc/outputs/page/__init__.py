"""Documents as one page: HTML that needs nothing beside itself, or Markdown. Knows tables and charts of them alone."""
