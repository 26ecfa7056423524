"""The program as it is not: with constants instead of data, and under Streamlit's defaults."""
