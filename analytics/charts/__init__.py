"""The charts: data in, a Plotly figure out."""
