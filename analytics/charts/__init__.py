"""Charts: from data to a Plotly figure."""
