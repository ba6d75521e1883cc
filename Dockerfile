# One image serves every function; FUNCTION chooses which. docs/deploy.md says how it is run.
#   docker build -t rushes .                        on Debian's slim Python
#   docker build --build-arg BASE=... -t rushes .   on another base with Python 3.11 or newer and apt
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
# The base's own packages, before the compiler joins them: they go into the bill of materials.
RUN cp /var/lib/dpkg/status /base.status \
 && apt-get update \
 && apt-get install -y --no-install-recommends \
        binutils gcc libc6-dev libblas64-dev liblapack64-dev \
 && rm -rf /var/lib/apt/lists/*
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0 \
    PYTHONNODEBUGRANGES=1
WORKDIR /src
COPY requirements/run.txt requirements/
RUN python3 -m venv /build \
 && /build/bin/pip install --quiet --no-compile --only-binary :all: --require-hashes \
        -r requirements/run.txt
# Kernels before all else that is ours: they take a minute or two and change least.
# The check runs their examples with a compiler at hand, and finds that none is used.
COPY kernels kernels
RUN rm -rf kernels/native \
 && { /build/bin/python -m kernels.build --target x86-64-v3 --folder kernels/native & other=$!; \
      /build/bin/python -m kernels.build --target x86-64-v4 --folder kernels/native; } \
 && wait $other \
 && /build/bin/python -m kernels.build --check
COPY pyproject.toml hatch_build.py README.md LICENSE NOTICE ./
COPY rushes rushes
COPY functions functions
COPY image image
# The time of every file: a constant, so that the same inputs make the same layers.
ARG SOURCE_DATE_EPOCH=315532800
RUN /build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /build/bin/pip install --quiet --no-compile --no-deps --no-index /wheels/rushes-*.whl \
 && /build/bin/python -m image.assemble . /image --packages /base.status \
        --epoch "${SOURCE_DATE_EPOCH}"
# Proof in the tree that is shipped, where no compiler can be imported: every kernel is there.
RUN cp -a /image/libraries/. /image/rushes/. / \
 && cd / && /opt/rushes/bin/python -m kernels.build --check \
 && /opt/rushes/bin/rushes --help > /dev/null

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="rushes" \
      org.opencontainers.image.description="Serverless functions for camera files: raw clip in, ACES frames out." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-or-later"
COPY --from=build /image/libraries /
COPY --from=build /image/rushes /
# A pod's probes and callers come from outside it; by itself the server listens at loopback alone.
# Each unit in a confined process of its own: what a stranger's file breaks in a decoder is that.
ENV PATH=/opt/rushes/bin:${PATH} HOME=/tmp PYTHONUNBUFFERED=1 RUSHES_HOST=0.0.0.0 \
    RUSHES_BOX=on
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["python", "-I", "-S", "/opt/rushes/libexec/health.py"]
ENTRYPOINT ["rushes", "serve"]
