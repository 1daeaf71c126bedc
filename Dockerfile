# The operator's image. Build context: the repository's root. BASE is any Debian image with Python 3.11 or later.
# The build environment says where packages come from: pip's own settings, or a mounted pip.conf.
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
RUN python3 -m venv --without-pip /opt/longshore
# The dependencies change seldom: their layer is built once.
COPY requirements.lock /source/
RUN python3 -m pip --python /opt/longshore/bin/python install --no-cache-dir --require-hashes \
    --requirement /source/requirements.lock
COPY pyproject.toml README.md LICENSE /source/
COPY operator /source/operator
RUN python3 -m pip --python /opt/longshore/bin/python install --no-cache-dir --no-deps /source

FROM ${BASE}
COPY --from=build /opt/longshore /opt/longshore

ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="longshore-operator" \
      org.opencontainers.image.description="A Kubernetes operator that runs workflows, jobs and coding agents as pods" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
# USER: kopf asks who it is, and the user has no entry in /etc/passwd.
ENV PATH=/opt/longshore/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 USER=longshore
USER 1000:1000
ENTRYPOINT ["longshore-operator"]
