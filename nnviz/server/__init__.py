"""The server of the app: Streamlit's own, with addresses, headers and a cookie of ours around it.

`nnviz run` starts it; any ASGI server can, as `nnviz.server:app`. `streamlit run app.py` goes on working
without it: then modules and networks come as Streamlit brings them, and no cookie tells browsers apart.
"""

from nnviz.server.application import app, serve

__all__ = ["app", "doctor", "serve"]
