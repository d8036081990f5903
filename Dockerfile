# syntax=docker/dockerfile:1
# Our tests need no container engine, so they don't build this.

FROM python:3.11-slim AS product
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/srv/static
WORKDIR /srv/crosschq
COPY requirements/prod.txt requirements/
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements/prod.txt
COPY manage.py gunicorn.conf.py ./
COPY crosschq crosschq
COPY connectors connectors
COPY templates_app templates_app
COPY requests_app requests_app
COPY webhooks webhooks
COPY prospects prospects
COPY templates templates
COPY static static
# Settings come from the environment; collecting static files uses none of these values.
RUN SECRET_KEY=unused FIELD_KEYS=unused DATABASE_URL=postgres://unused \
    python manage.py collectstatic --noinput --verbosity=0
RUN useradd --system --uid 10001 --no-create-home crosschq && install -d -o crosschq -m 700 /var/lib/crosschq
USER crosschq
EXPOSE 8000
# All other settings are in gunicorn.conf.py.
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm"]

# The sandbox SmartRecruiters, for development only.
FROM python:3.11-slim AS sandbox
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/sandbox
COPY requirements/demo.txt requirements/
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements/demo.txt
COPY sandbox sandbox
RUN useradd --system --uid 10001 --no-create-home sandbox
USER sandbox
EXPOSE 8010 8025
CMD ["python", "-m", "sandbox"]

# PgBouncer, for scripts/docker/pooler.yml.
FROM debian:bookworm-slim AS pooler
RUN apt-get update && apt-get install -y --no-install-recommends pgbouncer && rm -rf /var/lib/apt/lists/*
USER postgres
EXPOSE 6432

FROM product
