# The suite in an image: docker build -t exports-conformance . && docker run --rm exports-conformance
FROM python:3.12-slim AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/exports-conformance \
    && /opt/exports-conformance/bin/pip install --no-cache-dir --require-hashes -r requirements-runtime.lock \
    && /opt/exports-conformance/bin/pip install --no-cache-dir --no-deps .

FROM python:3.12-slim
COPY --from=build /opt/exports-conformance /opt/exports-conformance
RUN useradd --create-home --uid 1000 tester && install -d -o tester /work
USER 1000
WORKDIR /work
ENTRYPOINT ["/opt/exports-conformance/bin/exports-conformance"]
