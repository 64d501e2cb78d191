# Colloquy, one image for every part of it. Without a command it runs embedded mode: one process tree, one volume.
# docker-compose.yml and deploy/kubernetes run the same image as web, worker, beat and embedder.
FROM node:22.20.0-bookworm-slim AS browser
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /app
COPY requirements/base.txt requirements/base-nodeps.txt requirements/
RUN python -m venv --without-pip .venv \
    && pip --python .venv/bin/python install --no-cache-dir --require-hashes --requirement requirements/base.txt \
    && pip --python .venv/bin/python install --no-cache-dir --require-hashes --no-deps \
        --requirement requirements/base-nodeps.txt
COPY deploy/vendor.py deploy/bundle.py deploy/
COPY static static
COPY --from=browser /app/node_modules node_modules
RUN python deploy/vendor.py && python deploy/bundle.py

FROM python:3.11.14-slim-bookworm
# Neither pip nor another builder stays. The folders give new volumes the owner that may write to them.
RUN python -m pip uninstall --yes pip setuptools wheel \
    && useradd --uid 10001 --no-create-home --home-dir /data colloquy \
    && mkdir -p /data/files /secrets \
    && for part in kept app owner postgres redis weaviate embedder; do mkdir "/secrets/$part"; done \
    && chown -R colloquy:colloquy /data /secrets
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY manage.py pyproject.toml ./
COPY assistant assistant
COPY chat chat
COPY ingestion ingestion
COPY tenants tenants
COPY templates templates
COPY --from=build /app/static static
COPY deploy/make_secrets.py deploy/make_secrets.py
# Compiled here, because nobody can write beside the code later.
RUN .venv/bin/python -m compileall -q assistant chat ingestion tenants
ENV PATH=/app/.venv/bin:$PATH VAR_DIR=/data HOST=0.0.0.0 PORT=8000 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}), timeout=3)"]
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "run"]
