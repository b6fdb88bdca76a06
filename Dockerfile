# The page, as a plain user; made to run with a read-only root:
#   docker build -t reviewer .
#   docker run --rm --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges -p 127.0.0.1:8501:8501 reviewer
# Without sign-in the page refuses to work here; put HTTPS and sign-in in front of it, then add -e REVIEWER_PUBLIC=yes (docs/page.md).
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY app.py page.py ./
COPY reviewer reviewer
COPY prompts prompts
COPY examples examples
COPY .streamlit .streamlit
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e . && /venv/bin/python -m compileall -q reviewer

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin reviewer
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PATH=/venv/bin:$PATH
EXPOSE 8501
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=3)"]
# Inside the container the page listens on every address; what reaches it is what `-p` lets through. The names by which it is called
# are given with STREAMLIT_SERVER_ALLOWED_HOSTS where they are others than localhost.
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.address", "0.0.0.0"]
