"""Published results to reports: view models, templates, charts."""
