"""The web page, on Streamlit. No review logic lives here: it shows what the core says and passes on what the seller decides."""
