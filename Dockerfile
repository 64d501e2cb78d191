# Colloquy in embedded mode: one image, one process tree, one volume.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements requirements
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY package.json package-lock.json .npmrc ./
COPY deploy deploy
RUN npm ci --ignore-scripts --no-audit --no-fund && mkdir -p static && python deploy/vendor.py

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 colloquy && mkdir /data && chown colloquy /data
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY manage.py pyproject.toml ./
COPY assistant assistant
COPY chat chat
COPY ingestion ingestion
COPY tenants tenants
COPY templates templates
COPY static static
COPY --from=build /app/static/vendor static/vendor
USER colloquy
ENV VAR_DIR=/data HOST=0.0.0.0 PORT=8000 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD [".venv/bin/python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}), timeout=3)"]
STOPSIGNAL SIGTERM
CMD [".venv/bin/python", "manage.py", "run"]
